"""Works that licences and audits cite, with the fields of their BibTeX entries."""

from __future__ import annotations

from dataclasses import dataclass

from asymp.reductions.step import Source


@dataclass(frozen=True)
class Work:
    """A publication with the fields of a bibliography entry."""

    key: str
    authors: str
    title: str
    venue: str
    year: int

    def at(self, where: str = "", trust: str = "recalled") -> Source:
        """Cite a place in the work, saying how well its statement is known here."""
        citation = f"{self.authors}, {self.title}, {self.venue} ({self.year})"
        return Source(self.key, citation, where, trust)


GORDON = Work(
    "gordon1988",
    "Y. Gordon",
    "On Milman's inequality and random subspaces which escape through a mesh in R^n",
    "Geometric Aspects of Functional Analysis, Springer",
    1988,
)
CGMT = Work(
    "thrampoulidis2015",
    "C. Thrampoulidis, S. Oymak, B. Hassibi",
    "Regularized linear regression: a precise analysis of the estimation error",
    "COLT",
    2015,
)
HASSANI_JAVANMARD = Work(
    "hassani2024",
    "H. Hassani, A. Javanmard",
    "The curse of overparametrization in adversarial training",
    "Annals of Statistics 52(2)",
    2024,
)
MEI_MONTANARI = Work(
    "mei2022",
    "S. Mei, A. Montanari",
    "The generalization error of random features regression: "
    "precise asymptotics and the double descent curve",
    "Communications on Pure and Applied Mathematics 75(4)",
    2022,
)
JAVANMARD_LINEAR = Work(
    "javanmard2020",
    "A. Javanmard, M. Soltanolkotabi, H. Hassani",
    "Precise tradeoffs in adversarial training for linear regression",
    "COLT",
    2020,
)
MARCHENKO_PASTUR = Work(
    "marchenko1967",
    "V. A. Marchenko, L. A. Pastur",
    "Distribution of eigenvalues for some sets of random matrices",
    "Math. USSR-Sbornik 1(4)",
    1967,
)
MOREAU = Work(
    "moreau1965",
    "J.-J. Moreau",
    "Proximité et dualité dans un espace hilbertien",
    "Bull. Soc. Math. France 93",
    1965,
)
STEIN = Work(
    "stein1981",
    "C. M. Stein",
    "Estimation of the mean of a multivariate normal distribution",
    "Annals of Statistics 9(6)",
    1981,
)
HU_LU = Work(
    "hu2023",
    "H. Hu, Y. M. Lu",
    "Universality laws for high-dimensional learning with random features",
    "IEEE Transactions on Information Theory 69(3)",
    2023,
)
SILVERSTEIN = Work(
    "silverstein1995",
    "J. W. Silverstein",
    "Strong convergence of the empirical distribution of eigenvalues of large dimensional random "
    "matrices",
    "Journal of Multivariate Analysis 55(2)",
    1995,
)
LOUREIRO = Work(
    "loureiro2021",
    "B. Loureiro, C. Gerbelot, H. Cui, S. Goldt, F. Krzakala, M. Mezard, L. Zdeborova",
    "Learning curves of generic features maps for realistic datasets with a teacher-student model",
    "Advances in Neural Information Processing Systems 34",
    2021,
)
BENNOUNA = Work(
    "bennouna2023",
    "A. Bennouna, R. Lucas, B. Van Parys",
    "Certified robust neural networks: generalization and corruption resistance",
    "International Conference on Machine Learning",
    2023,
)
# Works that several entries of the catalogue cite.
AUBIN = Work(
    "aubin2020",
    "B. Aubin, F. Krzakala, Y. M. Lu, L. Zdeborová",
    "Generalization error in high-dimensional perceptrons: approaching Bayes error with "
    "convex optimization",
    "Advances in Neural Information Processing Systems 33",
    2020,
)
JAVANMARD_MIXTURE = Work(
    "javanmard2022",
    "A. Javanmard, M. Soltanolkotabi",
    "Precise statistical analysis of classification accuracies for adversarial training",
    "Annals of Statistics 50(4)",
    2022,
)
TAHERI = Work(
    "taheri2023",
    "H. Taheri, R. Pedarsani, C. Thrampoulidis",
    "Asymptotic behavior of adversarial training in binary linear classification",
    "IEEE Transactions on Neural Networks and Learning Systems",
    2023,
)
TSAI = Work(
    "tsai2021",
    "Y.-L. Tsai, C.-Y. Hsu, C.-M. Yu, P.-Y. Chen",
    "Formalizing generalization and robustness of neural networks to weight perturbations",
    "arXiv:2103.02200",
    2021,
)
EL_KAROUI = Work(
    "elkaroui2013",
    "N. El Karoui, D. Bean, P. Bickel, C. Lim, B. Yu",
    "On robust regression with high-dimensional predictors",
    "PNAS 110(36)",
    2013,
)
DONOHO_MALEKI = Work(
    "donoho2009",
    "D. Donoho, A. Maleki, A. Montanari",
    "Message-passing algorithms for compressed sensing",
    "PNAS 106(45)",
    2009,
)
DOBRIBAN_WAGER = Work(
    "dobriban2018",
    "E. Dobriban, S. Wager",
    "High-dimensional asymptotics of prediction: ridge regression and classification",
    "Annals of Statistics 46(1)",
    2018,
)
LI_LI = Work(
    "li2025",
    "B. Li, Y. Li",
    "On the clean generalization and robust overfitting in adversarial training from two "
    "theoretical views: representation complexity and training dynamics",
    "International Conference on Machine Learning",
    2025,
)
WORKS = {
    work.key: work
    for work in (
        GORDON,
        CGMT,
        HASSANI_JAVANMARD,
        MEI_MONTANARI,
        JAVANMARD_LINEAR,
        MARCHENKO_PASTUR,
        MOREAU,
        STEIN,
        HU_LU,
        LOUREIRO,
        SILVERSTEIN,
        BENNOUNA,
        AUBIN,
        JAVANMARD_MIXTURE,
        TAHERI,
        TSAI,
        EL_KAROUI,
        DONOHO_MALEKI,
        DOBRIBAN_WAGER,
        LI_LI,
    )
}
