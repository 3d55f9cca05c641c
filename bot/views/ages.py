"""What the ages of unpaid invoices are called."""

from bot.domain.ageing import Bucket
from bot.views.language import Language


def age_words(lang: Language) -> dict[Bucket, str]:
    """Each age's name, from not due to the oldest."""
    return {
        Bucket.NOT_DUE: lang("Not due"),
        Bucket.D1_30: lang("1–30 days"),
        Bucket.D31_60: lang("31–60 days"),
        Bucket.D61_90: lang("61–90 days"),
        Bucket.OVER_90: lang("Over 90 days"),
    }
