"""Third-party records of models, read as claims: engine recipes, price catalogues, published evaluation results."""

from moeaudit.claims.catalogues.hub import eval_results, model_index
from moeaudit.claims.catalogues.models_dev import models_dev
from moeaudit.claims.catalogues.recipes import vllm_recipe
from moeaudit.claims.catalogues.record import HubId, Record, Unread
from moeaudit.claims.catalogues.select import FORMATS, about, read_catalogue, recognise
from moeaudit.claims.catalogues.shelf import Shelf

__all__ = [
    "FORMATS",
    "HubId",
    "Record",
    "Shelf",
    "Unread",
    "about",
    "eval_results",
    "model_index",
    "models_dev",
    "read_catalogue",
    "recognise",
    "vllm_recipe",
]
