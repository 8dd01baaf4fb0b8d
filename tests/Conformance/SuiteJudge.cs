using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Conformance;

/// <summary>Judges answers by OPA's own rules. It reads the same lines that <c>gate policy suite</c> prints.</summary>
internal static class SuiteJudge
{
    /// <summary>Null when the answer is right, otherwise why it is wrong.</summary>
    public static string? Judge(SuiteWish one, string line)
    {
        var answer = RegoJson.Parse(line).AsObject!;
        if (answer["compile_error"].IsDefined) return $"compile: {answer["compile_error"].Text}";
        var error = answer["error"].AsObject;
        if (one.WantsError)
        {
            if (error is null) return $"an error is wanted: {one.ErrorCode} {one.Error}";
            if (one.ErrorCode is { } code && code != error["code"].Text) return $"code {code} is wanted, got {error["text"].Text}";
            if (one.Error is { } text && !error["text"].Text.Contains(text, StringComparison.Ordinal))
            {
                return $"error text `{text}` is wanted, got `{error["text"].Text}`";
            }
        }
        else if (error is not null)
        {
            return $"error: {error["text"].Text}";
        }

        return one.Result.IsDefined ? Compare(one, answer["results"]) : null;
    }

    private static string? Compare(SuiteWish one, RegoValue results)
    {
        var wanted = RegoValue.Of(RegoSet.Of(one.Result.AsArray!.Items));
        var found = RegoValue.Of(RegoSet.Of(results.IsDefined ? results.AsArray!.Items : []));
        return found.Equals(wanted)
            ? null
            : $"{Shortened(one.Result.ToString())} is wanted, got {Shortened(found.ToString())}";
    }

    private static string Shortened(string text) => text.Length <= 300 ? text : text[..300];
}
