"""Every published recipe of Nova: composed exactly, valid, recognised, imported to choices only."""

import re

import pytest
import yaml

from hydra_recipes import check, compose
from hydra_recipes.documents.emitter import to_yaml
from hydra_recipes.importing.imported import import_file
from support.nested_trees import nested
from support.published_recipes import whole_family

IDS = """
"""
