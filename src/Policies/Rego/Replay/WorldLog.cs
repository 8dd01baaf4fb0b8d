using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Replay;

/// <summary>
/// The one door from an evaluation to the world. Each call is made once for its operands; what came of it is kept, so that the
/// evaluation sees one world, and the record holds all of it. With a record to replay, the world is never asked.
/// </summary>
internal sealed class WorldLog
{
    private readonly INondeterminism? _world;
    private readonly NondeterminismRecord? _replayed;
    private readonly Dictionary<(string Function, RegoValue Operands), Told> _told = [];
    private DateTimeOffset? _now;

    public WorldLog(INondeterminism world) => _world = world;

    public WorldLog(NondeterminismRecord replayed) => _replayed = replayed;

    /// <summary>The world itself, for the functions that ask it.</summary>
    /// <exception cref="RegoFailureException">This is a replay.</exception>
    public INondeterminism World => _world ?? throw Missing("the world", "", null);

    public DateTimeOffset Now => _now ??= World.Now();

    /// <summary>What a function says, of the record or of the world.</summary>
    public RegoValue Ask(Builtin function, BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var key = (function.Name, RegoValue.Of(new RegoArray(operands.ToArray())));
        if (!_told.TryGetValue(key, out var told))
        {
            told = _replayed is null ? Made(function, context, operands) : Replayed(_replayed, function, context, operands);
            _told[key] = told;
        }

        return told.Failure is { } failure ? context.FailAgain(failure) : told.Value;
    }

    /// <summary>All that was asked, in order.</summary>
    public NondeterminismRecord Record()
    {
        if (_told.Count == 0) return NondeterminismRecord.Empty;
        var functions = new RegoObjectBuilder();
        foreach (var function in _told.GroupBy(call => call.Key.Function, StringComparer.Ordinal))
        {
            var calls = new RegoObjectBuilder();
            foreach (var ((_, operands), told) in function)
            {
                calls.Set(NondeterminismRecord.KeyOf(operands.AsArray!.Items), told.ToRecord());
            }

            functions.Set(function.Key, RegoValue.Of(calls.Build()));
        }

        return new NondeterminismRecord(functions.Build());
    }

    /// <summary>The calls of the replayed record that were not made.</summary>
    public IReadOnlyList<string> Unused()
    {
        if (_replayed is null) return [];
        var made = _told.Keys.Select(call => (call.Function, NondeterminismRecord.KeyOf(call.Operands.AsArray!.Items))).ToHashSet();
        return [.. _replayed.Calls().Where(call => !made.Contains(call)).Select(call => call.Function + call.Key)];
    }

    private static Told Made(Builtin function, BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var before = context.LatestError;
        var value = function.Body(context, operands);
        return new Told(value, value.IsDefined || ReferenceEquals(context.LatestError, before) ? null : context.LatestError);
    }

    private static Told Replayed(
        NondeterminismRecord record, Builtin function, BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var key = NondeterminismRecord.KeyOf(operands);
        var found = record.Find(function.Name, key);
        return found.IsDefined ? Told.FromRecord(function, found) : throw Missing(function.Name, key, context.Place);
    }

    private static RegoFailureException Missing(string function, string key, PolicyPlace? place) => new(new RegoError(
        RegoErrorCodes.ReplayMissing, $"the record holds no answer of `{function}{key}`; the policy asks what it did not ask then", place));

    /// <summary>What came of a call: a value, a failure, or nothing.</summary>
    private sealed record Told(RegoValue Value, RegoError? Failure)
    {
        public static Told FromRecord(Builtin function, RegoValue recorded)
        {
            if (recorded.Kind == RegoKind.Null) return new Told(default, null);
            if (recorded.AsObject is { Count: 1 } entries && entries["error"].AsObject is { Count: 2 } error
                && error["code"].AsString is { } code && error["message"].AsString is { } message)
            {
                return new Told(default, new RegoError(code.Text, message.Text, null));
            }

            // JSON has no sets; the function's declaration says where there was one.
            return function.Type.Result is RegoType.SetType && recorded.AsArray is { } members
                ? new Told(RegoValue.Of(RegoSet.Of(members.Items)), null)
                : new Told(recorded, null);
        }

        public RegoValue ToRecord()
        {
            if (Failure is null) return Value.IsDefined ? Value : RegoValue.Null;
            var error = new RegoObjectBuilder();
            error.Set("code", RegoValue.Of(Failure.Code));
            error.Set("message", RegoValue.Of(Failure.Message));
            var outer = new RegoObjectBuilder();
            outer.Set("error", RegoValue.Of(error.Build()));
            return RegoValue.Of(outer.Build());
        }
    }
}
