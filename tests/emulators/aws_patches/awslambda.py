"""Lambda: the dead-letter queue of a function, which moto does not keep; each plan would set it again."""

from moto.awslambda.models import LambdaFunction


def apply() -> None:
    LambdaFunction.__init__ = _keeping_dead_letters(LambdaFunction.__init__)
    LambdaFunction.get_configuration = _with_dead_letters(LambdaFunction.get_configuration)


def _keeping_dead_letters(init):
    def wrapped(self, account_id, spec, *arguments, **named):
        init(self, account_id, spec, *arguments, **named)
        self.dead_letter_config = spec.get("DeadLetterConfig")

    return wrapped


def _with_dead_letters(get_configuration):
    def wrapped(self, on_create=False):
        configuration = get_configuration(self, on_create)
        if self.dead_letter_config:
            configuration["DeadLetterConfig"] = self.dead_letter_config
        return configuration

    return wrapped
