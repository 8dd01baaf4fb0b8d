using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Semantic versions (Semantic Versioning 2.0.0); a leading <c>v</c> is passed over.</summary>
internal static class SemverBuiltins
{
    public static void AddTo(BuiltinTable table)
    {
        table.Add("semver.is_valid", [RegoType.Any], RegoType.Boolean, static (_, v) =>
            RegoValue.Of(v[0].AsString is { } text && Parse(text.Text) is not null));
        table.Add("semver.compare", [RegoType.String, RegoType.String], RegoType.Number, Compare);
    }

    private static RegoValue Compare(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (Parse(operands[0].Text) is not { } left)
            return context.Fail($"operand 1: string {operands[0]} is not a valid SemVer");
        if (Parse(operands[1].Text) is not { } right)
            return context.Fail($"operand 2: string {operands[1]} is not a valid SemVer");
        return RegoValue.Of((long)Math.Sign(left.CompareTo(right)));
    }

    private static Version? Parse(string text)
    {
        var rest = text.StartsWith('v') ? text[1..] : text;
        var plus = rest.IndexOf('+', StringComparison.Ordinal);
        if (plus >= 0 && !rest[(plus + 1)..].Split('.').All(IsIdentifier)) return null;
        if (plus >= 0) rest = rest[..plus];
        var minus = rest.IndexOf('-', StringComparison.Ordinal);
        string[] before = minus < 0 ? [] : rest[(minus + 1)..].Split('.');
        if (!before.All(part => IsIdentifier(part) && (!part.All(char.IsAsciiDigit) || IsNumber(part)))) return null;
        var numbers = (minus < 0 ? rest : rest[..minus]).Split('.');
        return numbers.Length == 3 && numbers.All(IsNumber) ? new Version([.. numbers.Select(BigInteger.Parse)], before) : null;
    }

    private static bool IsIdentifier(string part) => part.Length > 0
        && part.All(unit => char.IsAsciiLetterOrDigit(unit) || unit == '-');

    private static bool IsNumber(string part) =>
        part.Length is > 0 and < 100 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0');

    private sealed record Version(BigInteger[] Numbers, string[] Before)
    {
        public int CompareTo(Version other)
        {
            for (var i = 0; i < 3; i++)
            {
                var order = Numbers[i].CompareTo(other.Numbers[i]);
                if (order != 0) return order;
            }

            // A version without a pre-release part comes after those with one.
            if (Before.Length == 0 || other.Before.Length == 0) return other.Before.Length.CompareTo(Before.Length);
            for (var i = 0; i < Before.Length && i < other.Before.Length; i++)
            {
                var order = ComparePart(Before[i], other.Before[i]);
                if (order != 0) return order;
            }

            return Before.Length.CompareTo(other.Before.Length);
        }

        private static int ComparePart(string left, string right)
        {
            var (leftIsNumber, rightIsNumber) = (left.All(char.IsAsciiDigit), right.All(char.IsAsciiDigit));
            if (leftIsNumber && rightIsNumber) return BigInteger.Parse(left).CompareTo(BigInteger.Parse(right));
            return leftIsNumber != rightIsNumber ? rightIsNumber.CompareTo(leftIsNumber) : string.CompareOrdinal(left, right);
        }
    }
}
