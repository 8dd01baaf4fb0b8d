using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>Writes terms back in the language, for messages.</summary>
internal static class TermText
{
    public static string Of(Term term)
    {
        var text = new StringBuilder();
        Append(text, term);
        return text.ToString();
    }

    /// <summary>Whether a name can stand after a dot in every edition of the language: keywords can only in the newest.</summary>
    public static bool IsPlainName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || Tokens.Always.ContainsKey(name) || Tokens.Future.ContainsKey(name))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        }

        return true;
    }

    private static void Append(StringBuilder text, Term term)
    {
        StackRoom.Ensure();
        switch (term)
        {
            case Term.Constant constant:
                RegoTermText.Append(text, constant.Value);
                break;
            case Term.Var variable:
                text.Append(variable.IsWildcard ? "_" : variable.Name);
                break;
            case Term.Ref path:
                AppendRef(text, path);
                break;
            case Term.Call call:
                text.Append(call.Name);
                AppendAll(text, call.Operands, '(', ')');
                break;
            case Term.Array array:
                AppendAll(text, array.Items, '[', ']');
                break;
            case Term.Set set:
                if (set.Items.Length == 0) text.Append("set()");
                else AppendAll(text, set.Items, '{', '}');
                break;
            case Term.Object objects:
                text.Append('{').AppendJoin(", ", objects.Entries.Select(e => $"{Of(e.Key)}: {Of(e.Value)}")).Append('}');
                break;
            case Term.Comprehension comprehension:
                AppendComprehension(text, comprehension);
                break;
            case Term.Template template:
                text.Append("$\"").AppendJoin("", template.Parts.Select(p => p.Constant?.Value.AsString?.Text ?? "{…}")).Append(
                    '"');
                break;
        }
    }

    private static void AppendRef(StringBuilder text, Term.Ref path)
    {
        Append(text, path.Head);
        for (var i = 1; i < path.Parts.Length; i++)
        {
            if (path.Parts[i] is Term.Constant { Value.AsString: { } name } && IsPlainName(name.Text))
            {
                text.Append('.').Append(name.Text);
                continue;
            }

            text.Append('[');
            Append(text, path.Parts[i]);
            text.Append(']');
        }
    }

    private static void AppendComprehension(StringBuilder text, Term.Comprehension comprehension)
    {
        text.Append(comprehension.Kind == RegoKind.Array ? '[' : '{');
        if (comprehension.Key is not null)
        {
            Append(text, comprehension.Key);
            text.Append(": ");
        }

        Append(text, comprehension.Value);
        text.Append(" | ").AppendJoin("; ", comprehension.Body.Literals.Select(l => l.Term is null ? "…" : Of(l.Term)));
        text.Append(comprehension.Kind == RegoKind.Array ? ']' : '}');
    }

    private static void AppendAll(StringBuilder text, Term[] terms, char open, char close)
    {
        text.Append(open);
        for (var i = 0; i < terms.Length; i++)
        {
            if (i > 0) text.Append(", ");
            Append(text, terms[i]);
        }

        text.Append(close);
    }
}
