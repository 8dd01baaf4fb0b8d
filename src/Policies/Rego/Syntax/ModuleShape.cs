using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>Makes a module of statements: the package first, heads without bodies read as rules, and v1's demands.</summary>
internal static class ModuleShape
{
    public static (Module? Module, IReadOnlyList<RegoError> Errors) Make(
        string file, RegoVersion version, List<Statement> statements, List<SourceComment> comments, SourceSpans? spans)
    {
        if (statements.Count == 0) return (null, [Wrong(new PolicyPlace(file, 1, 1), "empty module")]);
        var errors = new List<RegoError>();
        var package = statements[0] as PackageStatement;
        if (package is null) errors.Add(Wrong(statements[0].Place, "package expected"));
        var imports = new List<Import>();
        var rules = new List<Rule>();
        foreach (var statement in statements.Skip(1))
        {
            switch (statement)
            {
                case ImportStatement import:
                    imports.Add(import.Import);
                    break;
                case RuleStatement rule:
                    rules.Add(rule.Rule);
                    break;
                case BodyStatement body:
                    if (RuleOf(body, errors) is { } made)
                    {
                        rules.Add(made);
                        spans?.Copy(body.Body.Literals[0], made);
                        spans?.Copy(body.Body.Literals[0], made.Head);
                    }


                    break;
                default:
                    errors.Add(Wrong(statement.Place, "unexpected package"));
                    break;
            }
        }

        var strict = version == RegoVersion.V1 || imports.Any(i => i.Path.ToString() == "rego.v1");
        if (strict)
        {
            foreach (var rule in rules) CheckV1(rule, errors);
        }

        if (errors.Count > 0) return (null, errors);
        return (new Module
        {
            File = file,
            Version = version,
            IsStrictV1 = strict,
            HasImprovedNot = imports.Any(i => i.Path.ToString() is "future.keywords.not" or "future.keywords"),
            Package = package!.Path,
            PackagePlace = package.Place,
            Imports = imports,
            Rules = rules,
            Comments = comments,
            PackageWritten = package.Written,
            Spans = spans,
        }, []);
    }

    private static void CheckV1(Rule rule, List<RegoError> errors)
    {
        if (rule.Head.Path is { Parts.Length: 1, HeadName: { } name } && IsReserved(name))
        {
            errors.Add(Wrong(rule.Place, $"{name} keyword cannot be used for rule name"));
        }

        for (var one = rule; one is not null; one = one.Else)
        {
            var what = one.Head.Parameters is { Length: > 0 } ? "function" : "rule";
            if (one.BodyIsGenerated && one.Head.ValueIsGenerated)
            {
                errors.Add(Wrong(one.Place, $"{what} must have value assignment and/or body declaration"));
            }

            if (!one.BodyIsGenerated && !one.HasIf && !one.IsDefault)
            {
                errors.Add(Wrong(one.Place, $"`if` keyword is required before {what} body"));
            }

            if (one.Head.Member is not null && !one.Head.HasContains)
            {
                errors.Add(Wrong(one.Place, "`contains` keyword is required for partial set rules"));
            }
        }
    }

    /// <summary>Keywords may begin the path of a rule, but not be all of it; <c>contains</c> is a name where it cannot be
    /// one.</summary>
    private static bool IsReserved(string name) => Tokens.Always.ContainsKey(name) || name is "every" or "if" or "in";

    private static Rule? RuleOf(BodyStatement statement, List<RegoError> errors)
    {
        var literals = statement.Body.Literals;
        var problem = "multiple expressions cannot be used for rule head";
        if (literals.Count == 1)
        {
            var literal = literals[0];
            if (literal.IsNegated || literal.Shape is LiteralShape.Not)
            {
                problem = "negated expressions cannot be used for rule head";
            }
            else if (literal.Withs.Length > 0) problem = "expressions using with keyword cannot be used for rule head";
            else if (literal.Shape is LiteralShape.Declare or LiteralShape.Each)
            {
                problem = "expressions using some keyword cannot be used for rule head";
            }
            else if (literal.Shape is LiteralShape.Every)
            {
                problem = "expressions using every keyword cannot be used for rule head";
            }
            else if (literal.Term is { } term)
            {
                var (rule, why) = RuleOf(term);
                if (rule is not null) return rule;
                problem = why;
            }
        }

        errors.Add(Wrong(statement.Place, problem));
        return null;
    }

    private static (Rule? Rule, string Problem) RuleOf(Term term)
    {
        switch (term)
        {
            case Term.Call { Name: "eq" or "assign", Operands: [var left, var right] } call:
                return OfAssignment(left, right, call.Name == "assign");
            case Term.Call { Function.HeadName: "eq" or "assign" }:
                return (null, "assignment requires two operands");
            case Term.Call call:
                if (call.Operands.Length == 0) return (null, "rule argument list must take at least one argument");
                if (call.Function.Head is not Term.Var) return (null, $"invalid rule head: {call.Function}");
                if (IsOperator(call.Name))
                {
                    return (null, "rule name conflicts with built-in function");
                }
                return (Made(call.Place, call.Function, call.Operands, null, True(call.Place), false), "");
            case Term.Ref { Head: Term.Var } path when path.Parts.Length == 2:
                return (Made(path.Place, new Term.Ref(path.Place, [path.Head]), null, path.Parts[1], null, false), "");
            case Term.Ref { Head: Term.Var } path when path.Parts.Length >= 2:
                return (Made(path.Place, path, null, null, True(path.Place), true), "");
            case Term.Ref path:
                return (null, path.Head is Term.Var ? "refs cannot be used for rule head" : $"invalid rule head: {path}");
            default:
                return (null, $"{TermKinds.NameOf(term)} cannot be used for rule name");
        }
    }

    private static bool IsOperator(string name) => Builtins.BuiltinTable.Standard.Find(name) is not null;

    private static (Rule? Rule, string Problem) OfAssignment(Term left, Term right, bool assigned)
    {
        switch (left)
        {
            case Term.Call { Function.Head: Term.Var } call:
                return (Made(left.Place, call.Function, call.Operands.Length == 0 ? null
                    : call.Operands, null, right, false, assigned), "");
            case Term.Var name:
                return (Made(left.Place, new Term.Ref(name.Place, [name]), null, null, right, false, assigned), "");
            case Term.Ref { Head: Term.Var } path:
                return (Made(left.Place, path, null, null, right, false, assigned), "");
            case Term.Ref or Term.Call:
                return (null, $"invalid rule head: {left}");
            default:
                return (null, $"{TermKinds.NameOf(left)} cannot be used for rule name");
        }
    }

    private static Rule Made(
        PolicyPlace place, Term.Ref path, Term[]? parameters, Term? member, Term? value, bool generated, bool assigned = false)
    {
        var head = new RuleHead
        {
            Place = place,
            Path = path,
            Parameters = parameters,
            Member = member,
            Value = value,
            ValueIsGenerated = generated,
            IsAssigned = assigned,
        };
        return new Rule
        {
            Place = place,
            Head = head,
            Body = new Body([Literal.Of(place, True(place))]),
            IsDefault = false,
            BodyIsGenerated = true,
        };
    }

    private static Term.Constant True(PolicyPlace place) => new(place, RegoValue.True);

    private static RegoError Wrong(PolicyPlace place, string message) => new(RegoErrorCodes.Parse, message, place);
}
