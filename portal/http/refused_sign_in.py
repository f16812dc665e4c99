"""Why a sign-in was refused, in the words of every door: the same whether or not there is such an account."""

from portal.accounts.rules import normal_email
from portal.sessions.usecases.sign_in import SignInRefused


def words_of_refusal(identifier: str, refused: SignInRefused) -> str:
    """For whoever typed the identifier."""
    match refused.why:
        case "no_match":
            what = "email" if normal_email(identifier) else "username"
            return f"That {what} and password don't match. Check both and try again."
        case "locked":
            return f"Too many wrong passwords. Wait {_span(refused.wait_seconds or 1)}, then try again."
        case "exhausted":
            return "Too many wrong passwords. Set a new password to sign in again."
        case "disabled":
            return "This account is disabled. Ask your administrator about it."


def _span(seconds: int) -> str:
    number, unit = (seconds, "second") if seconds < 90 else ((seconds + 59) // 60, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"
