"""Uses a wheel and an sdist."""

import alpha_data
import bravo


def words():
    return [*alpha_data.words(), bravo.NAME]
