"""A command that names every option that is missing, where click names the first."""

from __future__ import annotations

import click

__all__ = ["NamesAllMissing"]


class NamesAllMissing(click.Command):
    """One error for all required options that are not there, each with what it means."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``args``, unless more than one required option is missing. Raises UsageError with all of them."""
        given, _, _ = self.make_parser(ctx).parse_args([*args])
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        missing = [option for option in options if option.required and option.name not in given]
        asks_for_help = any(option.is_eager and option.name in given for option in options)
        if len(missing) > 1 and not ctx.resilient_parsing and not asks_for_help:
            named = (f"{option.opts[0]} ({(option.help or '').rstrip('.')})" for option in missing)
            raise click.UsageError(f"Missing options: {'; '.join(named)}.", ctx)
        return super().parse_args(ctx, args)
