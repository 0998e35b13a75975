"""What a user name may look like."""

from django.core.validators import RegexValidator

#: Names stand in addresses, so only what needs no escaping there.
validators = [
    RegexValidator(
        r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}\Z", "Use letters, digits, dots, dashes and underscores, at most 40."
    )
]
