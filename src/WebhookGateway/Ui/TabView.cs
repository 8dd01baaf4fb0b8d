namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>One tab above a list.</summary>
/// <param name="Word">Its word in the address, behind <c>show=</c>.</param>
/// <param name="Count">How many rows stand behind it, or null when that is not counted.</param>
public sealed record TabView(string Word, string Name, long? Count);
