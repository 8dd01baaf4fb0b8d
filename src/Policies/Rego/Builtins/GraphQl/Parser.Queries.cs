using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>Operations and fragments.</summary>
internal sealed partial class Parser
{
    /// <summary>Reads a document of operations and fragments.</summary>
    /// <exception cref="GraphQlException">The text is no such document.</exception>
    public static RegoValue ReadQuery(string text)
    {
        var parser = new Parser(text);
        var (operations, fragments) = (new List<RegoValue>(), new List<RegoValue>());
        while (parser._next.Kind != TokenKind.End)
        {
            if (parser._next.IsWord("fragment")) fragments.Add(parser.Fragment());
            else operations.Add(parser.Operation());
        }

        var document = new RegoObjectBuilder();
        Put(document, "Operations", operations);
        Put(document, "Fragments", fragments);
        return RegoValue.Of(document.Build());
    }

    private RegoValue Operation()
    {
        var operation = new RegoObjectBuilder();
        var (kind, name) = ("query", "");
        if (!_next.Is("{"))
        {
            if (_next is not { Kind: TokenKind.Name, Text: "query" or "mutation" or "subscription" }) throw Unexpected(_next);
            kind = Take().Text;
            if (_next.Kind == TokenKind.Name) name = Take().Text;
            Put(operation, "VariableDefinitions", Many("(", ")", VariableDefinition));
            Put(operation, "Directives", Directives(isConstant: false));
        }

        operation.Set("Operation", Text(kind));
        operation.Set("Name", Text(name));
        Put(operation, "SelectionSet", RequiredSelections());
        return RegoValue.Of(operation.Build());
    }

    private RegoValue VariableDefinition()
    {
        var variable = new RegoObjectBuilder();
        Expect("$");
        variable.Set("Variable", Text(Name()));
        Expect(":");
        variable.Set("Type", Type());
        variable.Set("Used", RegoValue.False);
        if (Skip("=")) variable.Set("DefaultValue", Value(isConstant: true));
        Put(variable, "Directives", Directives(isConstant: false));
        return RegoValue.Of(variable.Build());
    }

    private RegoValue Fragment()
    {
        var fragment = new RegoObjectBuilder();
        ExpectWord("fragment");
        if (_next.IsWord("on")) throw Unexpected(_next);
        fragment.Set("Name", Text(Name()));
        Put(fragment, "VariableDefinition", Many("(", ")", VariableDefinition));
        ExpectWord("on");
        fragment.Set("TypeCondition", Text(Name()));
        Put(fragment, "Directives", Directives(isConstant: false));
        Put(fragment, "SelectionSet", RequiredSelections());
        return RegoValue.Of(fragment.Build());
    }

    private List<RegoValue> RequiredSelections() =>
        _next.Is("{") ? Some("{", "}", Selection) : throw Problem(_next, $"Expected {{, found {_next.KindName}");

    private RegoValue Selection()
    {
        var selection = new RegoObjectBuilder();
        if (Skip("..."))
        {
            Spread(selection);
            return RegoValue.Of(selection.Build());
        }

        var alias = Name();
        selection.Set("Alias", Text(alias));
        selection.Set("Name", Text(Skip(":") ? Name() : alias));
        Put(selection, "Arguments", Arguments(isConstant: false));
        Put(selection, "Directives", Directives(isConstant: false));
        if (_next.Is("{")) Put(selection, "SelectionSet", Some("{", "}", Selection));
        return RegoValue.Of(selection.Build());
    }

    private void Spread(RegoObjectBuilder selection)
    {
        if (_next.Kind == TokenKind.Name && _next.Text != "on")
        {
            selection.Set("Name", Text(Name()));
            Put(selection, "Directives", Directives(isConstant: false));
            return;
        }

        var condition = "";
        if (_next.IsWord("on"))
        {
            Take();
            condition = Name();
        }

        selection.Set("TypeCondition", Text(condition));
        Put(selection, "Directives", Directives(isConstant: false));
        Put(selection, "SelectionSet", RequiredSelections());
    }
}
