"""Large grids kept in stores: resumable, on one machine or on the Dask cluster that is current."""

from asymp.sweep.run import sweep as sweep
