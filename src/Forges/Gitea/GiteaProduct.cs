using System.Text.Json;

namespace GitOpsGate.Forges.Gitea;

/// <summary>What runs there.</summary>
/// <param name="Version">As it says itself: <c>1.27.0</c>, or <c>16.0.0+gitea-1.22.0</c> for Forgejo, which names the Gitea that it is like.</param>
internal sealed record GiteaProduct(bool IsForgejo, string Version)
{
    private const string Likeness = "+gitea-";

    /// <summary>Reads the answer of <c>/version</c>.</summary>
    public static GiteaProduct Of(JsonElement answer)
    {
        var version = OneLine.Of(answer.Text("version"), 100);
        return new GiteaProduct(version.Contains(Likeness, StringComparison.Ordinal), version);
    }

    public override string ToString() => $"{(IsForgejo ? "Forgejo" : "Gitea")} {Version}".TrimEnd();
}
