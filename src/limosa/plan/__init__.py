"""Plans: which revisions run, in which order, and what the version table holds around each."""

from limosa.plan.downgrade import plan_downgrade
from limosa.plan.stamp import plan_stamp
from limosa.plan.text import describe
from limosa.plan.upgrade import plan_upgrade

__all__ = ["describe", "plan_downgrade", "plan_stamp", "plan_upgrade"]
