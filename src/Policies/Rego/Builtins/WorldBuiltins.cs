using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;
using GitOpsGate.Policies.World;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Functions that reach into the world (OPA reference, "HTTP", "Net", "OPA"). A gate's policies judge what they are given: they are
/// declared, so that policies which replace them in tests compile; their operands are checked; they are off unless
/// the world that is given (<see cref="Replay.INondeterminism"/>) has them.
/// </summary>
internal static class WorldBuiltins
{
    private static readonly RegoSet KnownKeys = RegoSet.Of([.. new[]
    {
        "method", "url", "body", "enable_redirect", "force_json_decode", "force_yaml_decode", "headers", "raw_body",
        "tls_use_system_certs", "tls_ca_cert", "tls_ca_cert_file", "tls_ca_cert_env_variable", "tls_client_cert",
        "tls_client_cert_file", "tls_client_cert_env_variable", "tls_client_key", "tls_client_key_file",
        "tls_client_key_env_variable", "tls_insecure_skip_verify", "tls_server_name", "timeout", "cache", "force_cache",
        "force_cache_duration_seconds", "raise_error", "caching_mode", "max_retry_attempts", "cache_ignored_headers",
    }.Select(RegoValue.Of)]);

    private static readonly RegoSet NeededKeys = RegoSet.Of([RegoValue.Of("method"), RegoValue.Of("url")]);

    public static void AddTo(BuiltinTable table)
    {
        var named = RegoType.ObjectOf(RegoType.String, RegoType.Any);
        table.Add("http.send", [named], RegoType.Object, Send, BuiltinTraits.Nondeterministic, guarded: [RegoType.Object]);
        table.Add(
            "net.lookup_ip_addr", [RegoType.String], RegoType.SetOf(RegoType.String), LookUp, BuiltinTraits.Nondeterministic);
        table.Add("opa.runtime", [], named, static (c, _) =>
            c.World.Runtime is { IsDefined: true } runtime ? runtime : RegoValue.Of(RegoObject.Empty), BuiltinTraits.Nondeterministic);
    }

    private static RegoValue Send(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var request = operands[0].AsObject!;
        var raises = request["raise_error"];
        if (raises.IsDefined && raises.Kind != RegoKind.Boolean) return context.Fail("invalid value for raise_error field");
        if (ProblemOf(request) is { } problem)
        {
            return raises.IsFalse
                ? Failure(new RegoError(RegoErrorCodes.OperandType, $"http.send: operand 1 {problem}", context.Place))
                : context.FailOperand(1, problem);
        }

        try
        {
            return context.World.Send(request, context.Budget.Cancellation) is { } response ? response : throw Off("http.send", context.Place);
        }
        catch (WorldFailureException failure)
        {
            return context.FailInWorld(failure.Message);
        }
    }

    private static string? ProblemOf(RegoObject request)
    {
        var keys = RegoSet.Of(request.Keys);
        var unknown = SetBuiltins.Difference(keys, KnownKeys);
        if (unknown.Count > 0) return $"invalid request parameters(s): {RegoValue.Of(unknown)}";
        var missing = SetBuiltins.Difference(NeededKeys, keys);
        return missing.Count > 0 ? $"missing required request parameters(s): {RegoValue.Of(missing)}" : null;
    }

    private static RegoValue Failure(RegoError error)
    {
        var (result, told) = (new RegoObjectBuilder(), new RegoObjectBuilder());
        told.Set("code", RegoValue.Of("eval_http_send_internal_error"));
        told.Set("message", RegoValue.Of(error.ToString()));
        result.Set("status_code", RegoValue.Of(0L));
        result.Set("error", RegoValue.Of(told.Build()));
        return RegoValue.Of(result.Build());
    }

    /// <summary>An address stands for itself; names need the capability.</summary>
    private static RegoValue LookUp(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (IpRange.Address(operands[0].Text) is { } address)
            return RegoValue.Of(RegoSet.Of([RegoValue.Of(address.TextOf(address.First))]));
        try
        {
            var found = context.World.Resolve(operands[0].Text, context.Budget.Cancellation) ?? throw Off("net.lookup_ip_addr", context.Place);
            return found.Count == 0
                ? context.Fail($"lookup {operands[0].Text}: no such host")
                : RegoValue.Of(RegoSet.Of([.. found.Select(one => RegoValue.Of(one.ToString()))]));
        }
        catch (WorldFailureException failure)
        {
            return context.FailInWorld(failure.Message);
        }
    }

    private static RegoFailureException Off(string capability, PolicyPlace? place) => new(new RegoError(
        RegoErrorCodes.Builtin,
        $"{capability}: switched off: the capability `{capability}` is not given to this bundle", place));
}
