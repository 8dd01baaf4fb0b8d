using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Bundles;

namespace GitOpsGate.Policies.OpaServer;

/// <summary>
/// Puts a bundle into a server, module by module and root by root. Doing it again is harmless, so a push that broke off is simply
/// repeated. Policies that an earlier push left behind are removed.
/// </summary>
internal sealed class BundlePush(OpaRest rest, PolicyBundle bundle)
{
    /// <summary>In front of the ids of what we put there, so that we never remove what others did.</summary>
    private const string Ours = "gitopsgate/";

    /// <summary>Null when the server has the whole bundle; otherwise what went wrong.</summary>
    public async Task<OpaAnswer.Bad?> RunAsync(CancellationToken cancellation)
    {
        var modules = bundle.Modules.Where(module => !module.IsTest).ToList();
        if (modules.FirstOrDefault(module => module.RegoVersion != 1) is { } old)
            return Refuse($"`{old.Path}` is written in Rego's old syntax, which a server takes only in its own bundles");
        return await PutDataAsync(cancellation)
            ?? await RemoveOldAsync(modules, cancellation)
            ?? await PutModulesAsync(modules, cancellation);
    }

    private static OpaAnswer.Bad Refuse(string message) => new(OpaAnswer.RefusedCode, message, null);

    private static string UrlOf(string id) => "/v1/policies/" + string.Join('/', id.Split('/').Select(Uri.EscapeDataString));

    private async Task<OpaAnswer.Bad?> PutDataAsync(CancellationToken cancellation)
    {
        using var data = JsonDocument.Parse(bundle.Data, new JsonDocumentOptions { MaxDepth = 512 });
        foreach (var property in data.RootElement.EnumerateObject())
        {
            var path = QueryPath.ToUrl([property.Name]);
            var body = Encoding.UTF8.GetBytes(property.Value.GetRawText());
            if (await DoAsync(rest.PutAsync(path, body, "application/json", cancellation)) is { } wrong) return wrong;
        }

        return null;
    }

    private async Task<OpaAnswer.Bad?> RemoveOldAsync(List<PolicyModule> modules, CancellationToken cancellation)
    {
        var answer = await rest.GetAsync("/v1/policies", cancellation);
        if (answer is not OpaAnswer.Good good) return (OpaAnswer.Bad)answer;
        using var document = good.Document;
        var wanted = modules.Select(module => Ours + module.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var file in ServerPolicies.Read(document.RootElement)?.Files ?? [])
        {
            if (!file.Path.StartsWith(Ours, StringComparison.Ordinal) || wanted.Contains(file.Path)) continue;
            if (await DoAsync(rest.SendAsync(HttpMethod.Delete, UrlOf(file.Path), null, cancellation)) is { } wrong) return wrong;
        }

        return null;
    }

    /// <summary>
    /// The server compiles after each module and refuses one that calls a function of a module still to come. So whatever was
    /// refused is tried again, as long as each round gets at least one module further.
    /// </summary>
    private async Task<OpaAnswer.Bad?> PutModulesAsync(List<PolicyModule> modules, CancellationToken cancellation)
    {
        var left = modules;
        while (left.Count > 0)
        {
            var refused = new List<PolicyModule>();
            OpaAnswer.Bad? why = null;
            foreach (var module in left)
            {
                var body = Encoding.UTF8.GetBytes(module.Source);
                var wrong = await DoAsync(rest.PutAsync(UrlOf(Ours + module.Path), body, "text/plain", cancellation));
                if (wrong is null) continue;
                if (wrong.Code == OpaAnswer.Unreachable) return wrong;
                refused.Add(module);
                why = wrong;
            }

            if (refused.Count == left.Count) return why;
            left = refused;
        }

        return null;
    }

    private static async Task<OpaAnswer.Bad?> DoAsync(Task<OpaAnswer> call)
    {
        var answer = await call;
        if (answer is not OpaAnswer.Good good) return (OpaAnswer.Bad)answer;
        good.Document.Dispose();
        return null;
    }
}
