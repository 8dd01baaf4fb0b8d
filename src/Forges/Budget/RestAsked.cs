namespace GitOpsGate.Forges.Budget;

/// <summary>A forge's wish to be left alone.</summary>
/// <param name="Wait">For how long, whole seconds, at least one.</param>
/// <param name="IsGuess">Whether the forge said that, and not for how long.</param>
/// <param name="IsSecondary">
/// Whether it is for going too fast while the budget is not spent: GitHub's secondary limits (docs.github.com, "Rate limits for the REST
/// API"), which count what is written more than what is read.
/// </param>
internal readonly record struct RestAsked(TimeSpan Wait, bool IsGuess, bool IsSecondary);
