"""moeaudit: what is this Mixture-of-Experts model, really?"""

__version__ = "0.2.0"
