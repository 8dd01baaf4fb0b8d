using System.Text;
using GitOpsGate.Policies.Rego.Builtins.Re2;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Regular expressions in RE2's syntax, with the matching rules of Go's package regexp. Time is linear in the text.
/// </summary>
internal static class RegexBuiltins
{
    private const int LongestPattern = 10_000;

    public static void AddTo(BuiltinTable table)
    {
        RegoType[] two = [RegoType.String, RegoType.String];
        RegoType[] counted = [RegoType.String, RegoType.String, RegoType.Number];
        var strings = RegoType.ArrayOf(RegoType.String);
        table.Add("regex.match", two, RegoType.Boolean, Match);
        table.Add("re_match", two, RegoType.Boolean, Match, BuiltinTraits.Deprecated);
        table.Add("regex.is_valid", [RegoType.String], RegoType.Boolean, static (c, v) =>
            RegoValue.Of(v[0].AsString is { } text && IsValid(c, text.Text)), guarded: [RegoType.Any]);
        table.Add("regex.find_n", counted, strings, FindMany);
        table.Add("regex.find_all_string_submatch_n", counted, RegoType.ArrayOf(strings), FindGroups);
        table.Add("regex.globs_match", two, RegoType.Boolean, GlobsMatch);
        table.Add("regex.split", two, strings, Split);
        table.Add("regex.replace", [RegoType.String, RegoType.String, RegoType.String], RegoType.String, Replace);
        table.Add(
            "regex.template_match", [RegoType.String, RegoType.String, RegoType.String, RegoType.String], RegoType.Boolean,
                TemplateMatch);
    }

    /// <summary>The program of a pattern; null, and the error is recorded, when it is none.</summary>
    internal static RegexProgram? Compile(BuiltinContext context, string pattern)
    {
        context.CheckLimit("the pattern", pattern.Length, LongestPattern);
        context.Budget.Charge(pattern.Length);
        try
        {
            return RegexProgram.For(pattern);
        }
        catch (PatternException wrong)
        {
            context.Fail(wrong.Message);
            return null;
        }
    }

    /// <summary>The program of a pattern, which the pattern's string keeps.</summary>
    private static RegexProgram? Known(BuiltinContext context, RegoValue pattern)
    {
        var text = pattern.AsString!;
        if (text.Prepared is RegexProgram ready) return ready;
        var made = Compile(context, text.Text);
        if (made is not null) text.Prepared = made;
        return made;
    }

    private static bool IsValid(BuiltinContext context, string pattern)
    {
        context.Budget.Charge(pattern.Length);
        context.CheckLimit("the pattern", pattern.Length, LongestPattern);
        try
        {
            _ = RegexProgram.For(pattern);
            return true;
        }
        catch (PatternException)
        {
            return false;
        }
    }

    private static RegexMachine Machine(BuiltinContext context, RegexProgram program, string text, int groups)
    {
        context.Budget.Charge((long)text.Length * program.Steps.Length / 64);
        return new RegexMachine(program, text, groups);
    }

    private static RegoValue Match(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (Known(context, operands[0]) is not { } program) return default;
        context.Budget.Charge(operands[1].Text.Length / 4);
        return RegoValue.Of(program.IsMatch(operands[1].Text));
    }

    private static RegoValue GlobsMatch(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        context.CheckLimit("a pattern", Math.Max(operands[0].Text.Length, operands[1].Text.Length), LongestPattern);
        try
        {
            if (operands[0].Text.Length == 0 && operands[1].Text.Length == 0) return RegoValue.True;
            var (left, right) = (GlobIntersection.Compile(operands[0].Text), GlobIntersection.Compile(operands[1].Text));
            return RegoValue.Of(GlobIntersection.IsPossible(left, right, context.Budget.Charge));
        }
        catch (Exception wrong) when (wrong is FormatException or PatternException)
        {
            return context.Fail(wrong.Message);
        }
    }

    private static RegoValue FindMany(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!operands[2].TryInteger(out var most))
            return context.FailOperand(3, "must be integer number but got floating-point number");
        if (Compile(context, operands[0].Text) is not { } program) return default;
        var text = operands[1].Text;
        var found = FindAll(context, program, text, 1, most);
        return StringBuiltins.Strings(context, [.. found.Select(match => text[match[0]..match[1]])]);
    }

    private static RegoValue FindGroups(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!operands[2].TryInteger(out var most))
            return context.FailOperand(3, "must be integer number but got floating-point number");
        if (Compile(context, operands[0].Text) is not { } program) return default;
        var text = operands[1].Text;
        var found = FindAll(context, program, text, program.GroupNames.Count, most);
        return RegoValue.ArrayOf([.. found.Select(match => RegoValue.ArrayOf(
            [.. Enumerable.Range(0, match.Length / 2).Select(group => RegoValue.Of(GroupOf(text, match, group)))]))]);
    }

    private static string GroupOf(string text, int[] match, int group) =>
        group * 2 < match.Length && match[group * 2] >= 0 ? text[match[group * 2]..match[(group * 2) + 1]] : "";

    /// <summary>Matches one after the other; an empty match directly behind another match does not count.</summary>
    private static List<int[]> FindAll(BuiltinContext context, RegexProgram program, string text, int groups, long most)
    {
        var found = new List<int[]>();
        if (!program.IsMatch(text)) return found;
        var machine = Machine(context, program, text, groups);
        var previousEnd = -1;
        for (var at = 0; at <= text.Length && (most < 0 || found.Count < most);)
        {
            context.Budget.Charge(program.Steps.Length / 16);
            if (machine.Find(at) is not { } match) break;
            var accepted = true;
            if (match[1] == at)
            {
                accepted = match[0] != previousEnd;
                at += WidthAt(text, at);
            }
            else
            {
                at = match[1];
            }

            previousEnd = match[1];
            if (accepted) found.Add(match);
        }

        return found;
    }

    private static int WidthAt(string text, int at) =>
        at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;

    private static RegoValue Split(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (Compile(context, operands[0].Text) is not { } program) return default;
        var text = operands[1].Text;
        if (operands[0].Text.Length > 0 && text.Length == 0) return RegoValue.ArrayOf(RegoValue.Of(""));
        var parts = new List<string>();
        var (begin, end) = (0, 0);
        foreach (var match in FindAll(context, program, text, 1, -1))
        {
            end = match[0];
            if (match[1] != 0) parts.Add(text[begin..end]);
            begin = match[1];
        }

        if (end != text.Length) parts.Add(text[begin..]);
        return StringBuiltins.Strings(context, parts);
    }

    private static RegoValue Replace(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        var (text, with) = (operands[0].Text, operands[2].Text);
        if (Compile(context, operands[1].Text) is not { } program) return default;
        if (!program.IsMatch(text)) return operands[0];
        var machine = Machine(context, program, text, program.GroupNames.Count);
        var result = new StringBuilder();
        var lastEnd = 0;
        for (var at = 0; at <= text.Length;)
        {
            context.Budget.Charge(program.Steps.Length / 16);
            if (machine.Find(at) is not { } match) break;
            result.Append(text, lastEnd, match[0] - lastEnd);
            if (match[1] > lastEnd || match[0] == 0) Expand(result, with, program, text, match);
            context.Budget.CheckSize(result.Length);
            lastEnd = match[1];
            at = Math.Max(at + WidthAt(text, at), match[1]);
        }

        return context.Sized(result.Append(text, lastEnd, text.Length - lastEnd).ToString());
    }

    /// <summary>
    /// Appends a replacement in which <c>$1</c>, <c>$name</c> and <c>${name}</c> stand for groups, and <c>$$</c> for a dollar.
    /// </summary>
    private static void Expand(StringBuilder result, string template, RegexProgram program, string text, int[] match)
    {
        for (var at = 0; at < template.Length;)
        {
            var dollar = template.IndexOf('$', at);
            if (dollar < 0) dollar = template.Length;
            result.Append(template, at, dollar - at);
            at = dollar + 1;
            if (dollar >= template.Length) break;
            if (at < template.Length && template[at] == '$')
            {
                result.Append('$');
                at++;
            }
            else if (TakeName(template, ref at) is { } name)
            {
                var group = name.All(char.IsAsciiDigit) && name.Length < 9
                    ? int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)
                    : NumberOf(program, name);
                if (group >= 0) result.Append(GroupOf(text, match, group));
            }
            else
            {
                result.Append('$');
            }
        }
    }

    private static int NumberOf(RegexProgram program, string name)
    {
        for (var i = 1; i < program.GroupNames.Count; i++)
        {
            if (program.GroupNames[i] == name) return i;
        }

        return -1;
    }

    private static string? TakeName(string template, ref int at)
    {
        var braces = at < template.Length && template[at] == '{';
        var start = braces ? at + 1 : at;
        var end = start;
        while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_')) end++;
        if (end == start || (braces && (end >= template.Length || template[end] != '}'))) return null;
        at = braces ? end + 1 : end;
        return template[start..end];
    }

    /// <summary>A text in which delimiters enclose patterns, such as <c>urn:foo:{.*}</c>; the rest is meant literally.</summary>
    private static RegoValue TemplateMatch(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (operands[2].Text.Length != 1)
            return context.Fail("start delimiter has to be exactly one character long but is " + operands[2].Text.Length
                + " long");
        if (operands[3].Text.Length != 1)
            return context.Fail("end delimiter has to be exactly one character long but is " + operands[3].Text.Length + " long");
        var (template, open, close) = (operands[0].Text, operands[2].Text[0], operands[3].Text[0]);
        var pattern = new StringBuilder("^");
        var (depth, begin) = (0, 0);
        for (var at = 0; at < template.Length; at++)
        {
            if (template[at] == open && depth++ == 0)
            {
                Quote(pattern, template.AsSpan(begin, at - begin));
                begin = at + 1;
            }
            else if (template[at] == close && --depth <= 0)
            {
                if (depth < 0) return context.Fail($"unbalanced braces in {RegoTermText.Of(operands[0])}");
                pattern.Append('(').Append(template, begin, at - begin).Append(')');
                begin = at + 1;
            }
        }

        if (depth != 0) return context.Fail($"unbalanced braces in {RegoTermText.Of(operands[0])}");
        Quote(pattern, template.AsSpan(begin));
        if (Compile(context, pattern.Append('$').ToString()) is not { } program) return default;
        return RegoValue.Of(Machine(context, program, operands[1].Text, 0).Find(0) is not null);
    }

    private static void Quote(StringBuilder pattern, ReadOnlySpan<char> text)
    {
        foreach (var unit in text)
        {
            if (@"\.+*?()|[]{}^$".Contains(unit, StringComparison.Ordinal)) pattern.Append('\\');
            pattern.Append(unit);
        }
    }
}
