namespace GitOpsGate.Policies.Rego.Builtins.TextTemplate;

/// <summary>A part of a template of Go's text/template.</summary>
internal abstract record TemplateNode
{
    private TemplateNode()
    {
    }

    /// <summary>Text that stands as it is.</summary>
    public sealed record Text(string Value) : TemplateNode;

    /// <summary>A pipeline whose value is written, unless it sets a variable.</summary>
    public sealed record Output(Pipeline Pipeline) : TemplateNode;

    /// <summary><c>if</c>, <c>with</c> or <c>range</c>.</summary>
    public sealed record Branch(BranchKind Kind, Pipeline Pipeline, TemplateNode[] Then, TemplateNode[] Else) : TemplateNode;

    /// <summary><c>break</c> or <c>continue</c>.</summary>
    public sealed record Jump(bool IsBreak) : TemplateNode;

    /// <summary><c>template "name" pipeline</c>.</summary>
    public sealed record Call(string Name, Pipeline? Pipeline) : TemplateNode;
}

internal enum BranchKind
{
    If,
    With,
    Range,
}

/// <summary>Commands of which each gets the value of the one before as its last argument; perhaps named.</summary>
/// <param name="Variables">The variables that take the value; two only in a range.</param>
/// <param name="Declares">Whether they are new (<c>:=</c>).</param>
/// <param name="Commands">At least one.</param>
internal sealed record Pipeline(string[] Variables, bool Declares, TemplateOperand[][] Commands);

/// <summary>One word of a command.</summary>
internal abstract record TemplateOperand
{
    private TemplateOperand()
    {
    }

    /// <summary>A literal: a <see cref="string"/>, a <see cref="long"/>, a <see cref="double"/>, a <see cref="bool"/>.</summary>
    public sealed record Literal(object Value) : TemplateOperand;

    /// <summary><c>nil</c>.</summary>
    public sealed record Nil : TemplateOperand;

    /// <summary><c>.</c>, <c>.a.b</c>.</summary>
    public sealed record Field(string[] Names) : TemplateOperand;

    /// <summary><c>$x.a.b</c>.</summary>
    public sealed record Variable(string Name, string[] Names) : TemplateOperand;

    /// <summary><c>(pipeline).a.b</c>.</summary>
    public sealed record Nested(Pipeline Pipeline, string[] Names) : TemplateOperand;

    /// <summary>The name of a function.</summary>
    public sealed record Function(string Name) : TemplateOperand;
}

/// <summary>A template cannot be read, or not be carried out.</summary>
internal sealed class TemplateException(string message) : Exception(message);
