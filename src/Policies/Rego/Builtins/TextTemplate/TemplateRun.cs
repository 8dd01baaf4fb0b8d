using System.Text;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.TextTemplate;

/// <summary>
/// Carries out a template over a document. Values are <see cref="RegoValue"/>s of the document (undefined for what is not there), and
/// <see cref="string"/>, <see cref="long"/>, <see cref="double"/> and <see cref="bool"/> of literals and functions. A number of the
/// document is text to Go, which decides how it compares and when it counts as true.
/// </summary>
internal sealed class TemplateRun
{
    private const int DeepestCall = 200;

    private readonly BuiltinContext _context;
    private readonly IReadOnlyDictionary<string, TemplateNode[]> _named;
    private readonly StringBuilder _output = new();
    private readonly List<(string Name, object? Value)> _variables = [];
    private int _depth;

    private TemplateRun(BuiltinContext context, IReadOnlyDictionary<string, TemplateNode[]> named)
    {
        _context = context;
        _named = named;
    }

    /// <summary>Whether a loop goes on, after what was inside it.</summary>
    private enum After
    {
        Next,
        Continue,
        Break,
    }

    /// <exception cref="TemplateException">The template cannot be read, or not be carried out.</exception>
    public static string Render(BuiltinContext context, string template, RegoValue document)
    {
        context.Budget.CheckSize(template.Length);
        var (root, named) = TemplateParser.Read(template);
        var run = new TemplateRun(context, named);
        run._variables.Add(("$", document));
        run.Walk(root, document);
        return run._output.ToString();
    }

    private After Walk(TemplateNode[] nodes, object? dot)
    {
        StackRoom.Ensure();
        foreach (var node in nodes)
        {
            _context.Budget.Charge(8);
            switch (node)
            {
                case TemplateNode.Text text:
                    Write(text.Value);
                    break;
                case TemplateNode.Output { Pipeline: var pipeline }:
                    var value = Value(pipeline, dot);
                    if (pipeline.Variables.Length == 0) Write(TemplateValues.Print(value));
                    else Set(pipeline, value);
                    break;
                case TemplateNode.Branch branch:
                    var after = Walk(branch, dot);
                    if (after != After.Next) return after;
                    break;
                case TemplateNode.Jump jump:
                    return jump.IsBreak ? After.Break : After.Continue;
                case TemplateNode.Call call:
                    Call(call, dot);
                    break;
            }
        }

        return After.Next;
    }

    private After Walk(TemplateNode.Branch branch, object? dot)
    {
        var mark = _variables.Count;
        var value = Value(branch.Pipeline, dot);
        var after = After.Next;
        if (branch.Kind == BranchKind.Range)
        {
            after = Loop(branch, value, dot);
        }
        else
        {
            if (branch.Pipeline.Variables.Length > 0) Set(branch.Pipeline, value);
            if (!TemplateValues.IsTrue(value)) after = Walk(branch.Else, dot);
            else after = Walk(branch.Then, branch.Kind == BranchKind.With ? value : dot);
        }

        _variables.RemoveRange(mark, _variables.Count - mark);
        return after;
    }

    private After Loop(TemplateNode.Branch branch, object? value, object? dot)
    {
        var items = TemplateValues.Items(value);
        var mark = _variables.Count;
        var hasAny = false;
        foreach (var (key, item) in items)
        {
            hasAny = true;
            _context.Budget.Charge(16);
            var names = branch.Pipeline.Variables;
            if (names.Length == 2) SetOne(names[0], key, branch.Pipeline.Declares);
            if (names.Length > 0) SetOne(names[^1], item, branch.Pipeline.Declares);
            var after = Walk(branch.Then, item);
            _variables.RemoveRange(mark, _variables.Count - mark);
            if (after == After.Break) break;
        }

        return hasAny ? After.Next : Walk(branch.Else, dot);
    }

    private void Call(TemplateNode.Call call, object? dot)
    {
        if (!_named.TryGetValue(call.Name, out var nodes))
            throw new TemplateException($"template: template: template {GoQuote.Text(call.Name, false, false)} not defined");
        if (++_depth > DeepestCall) throw new TemplateException("template: template: exceeded maximum template depth");
        var argument = call.Pipeline is null ? default(RegoValue) : Value(call.Pipeline, dot);
        var outer = _variables.ToArray();
        _variables.Clear();
        _variables.Add(("$", argument));
        Walk(nodes, argument);
        _variables.Clear();
        _variables.AddRange(outer);
        _depth--;
    }

    private void Set(Pipeline pipeline, object? value) => SetOne(pipeline.Variables[0], value, pipeline.Declares);

    private void SetOne(string name, object? value, bool declares)
    {
        var at = declares ? -1 : _variables.FindLastIndex(one => one.Name == name);
        if (at < 0) _variables.Add((name, value));
        else _variables[at] = (name, value);
    }

    private object? Value(Pipeline pipeline, object? dot)
    {
        StackRoom.Ensure();
        object? value = null;
        for (var i = 0; i < pipeline.Commands.Length; i++) value = Value(pipeline.Commands[i], dot, i > 0, value);
        return value;
    }

    private object? Value(TemplateOperand[] command, object? dot, bool isPiped, object? piped)
    {
        if (command[0] is not TemplateOperand.Function function)
        {
            if (command.Length > 1 || isPiped) throw new TemplateException("template: template: can't give argument to non-function");
            return Value(command[0], dot);
        }

        _context.Budget.Charge(16);
        if (function.Name is "and" or "or") return Shortcut(command, dot, isPiped, piped);
        var operands = command.Skip(1).Select(operand => Value(operand, dot)).ToList();
        if (isPiped) operands.Add(piped);
        return TemplateFunctions.Call(_context, function.Name, operands);
    }

    private object? Shortcut(TemplateOperand[] command, object? dot, bool isPiped, object? piped)
    {
        var wanted = ((TemplateOperand.Function)command[0]).Name == "or";
        object? value = null;
        foreach (var operand in command.Skip(1))
        {
            value = Value(operand, dot);
            if (TemplateValues.IsTrue(value) == wanted) return value;
        }

        if (isPiped) return piped;
        return command.Length > 1 ? value : throw new TemplateException($"wrong number of args for {(wanted ? "or" : "and")}: want at least 1 got 0");
    }

    private object? Value(TemplateOperand operand, object? dot) => operand switch
    {
        TemplateOperand.Literal literal => literal.Value,
        TemplateOperand.Nil => throw new TemplateException("template: template: nil is not a command"),
        TemplateOperand.Field field => TemplateValues.Field(dot, field.Names),
        TemplateOperand.Variable variable =>
            TemplateValues.Field(_variables.FindLast(one => one.Name == variable.Name).Value, variable.Names),
        TemplateOperand.Nested nested => TemplateValues.Field(Value(nested.Pipeline, dot), nested.Names),
        TemplateOperand.Function function => TemplateFunctions.Call(_context, function.Name, []),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private void Write(string text)
    {
        _context.Budget.CheckSize(_output.Length + (long)text.Length);
        _output.Append(text);
    }
}
