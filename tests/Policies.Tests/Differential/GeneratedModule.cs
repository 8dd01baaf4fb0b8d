using System.Text;
using System.Text.RegularExpressions;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>What an expression gives, as far as the generator knows.</summary>
internal enum Shape
{
    Number,
    Text,
    Truth,
    Numbers,
    Texts,
    Set,
    Entries,
    Anything,
}

/// <summary>
/// A module that is mostly well typed, made from a seed: the same seed gives the same module. It keeps to the language and the
/// functions that OPA 1.4 and later have in common. Rules only look at rules before them, so nothing is recursive.
/// </summary>
internal sealed partial class GeneratedModule
{
    private readonly Random _random;
    private readonly Expressions _expressions;
    private readonly StringBuilder _text = new("package g\n\n");

    private GeneratedModule(int seed)
    {
        _random = new Random(seed);
        _expressions = new Expressions(_random);
    }

    /// <summary>The text of the module of a seed.</summary>
    public static string Of(int seed) => new GeneratedModule(seed).Make();

    private string Make()
    {
        var rules = _random.Next(3, 9);
        for (var i = 0; i < rules; i++)
        {
            _expressions.BeginRule();
            switch (_random.Next(12))
            {
                case 0 or 1:
                    Function(i);
                    break;
                case 2 or 3:
                    PartialSet(i);
                    break;
                case 4 or 5:
                    PartialObject(i);
                    break;
                case 6:
                    Chain(i);
                    break;
                case 7:
                    Constants(i);
                    break;
                default:
                    Complete(i);
                    break;
            }

            _text.Append('\n');
        }

        return _text.ToString();
    }

    /// <summary>Adds a rule. A variable that is declared and not used would be refused, so it becomes a wildcard.</summary>
    private void Emit(string rule)
    {
        var uses = Variable().Matches(rule).GroupBy(match => match.Value).ToDictionary(group => group.Key, group => group.Count());
        _text.Append(Declared().Replace(rule, match => Variable().Replace(match.Value, name => uses[name.Value] == 1 ? "_" : name.Value)));
    }

    [GeneratedRegex(@"\b[xi]\d+\b", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\b(some|every) [xi]\d+(, x\d+)? in", RegexOptions.CultureInvariant)]
    private static partial Regex Declared();

    private Shape AnyShape() => (Shape)_random.Next((int)Shape.Anything);

    private void Complete(int i)
    {
        var shape = AnyShape();
        var name = $"r{i}";
        var copies = _random.Next(5) == 0 ? 2 : 1;
        if (_random.Next(3) == 0) _text.Append($"default {name} := {_expressions.Constant(shape)}\n\n");
        for (var copy = 0; copy < copies; copy++)
        {
            _expressions.BeginRule();
            var body = _expressions.Body("\t", _random.Next(1, 4));
            Emit($"{name} := {_expressions.Of(shape, 2)} if {{\n{body}}}\n\n");
        }

        _expressions.Known.Add(new Known(name, shape, []));
    }

    private void Function(int i)
    {
        var name = $"f{i}";
        var shape = AnyShape();
        Shape[] operands = [.. Enumerable.Range(0, _random.Next(1, 3)).Select(_ => AnyShape())];
        for (var copy = _random.Next(4) == 0 ? 0 : 1; copy < 2; copy++)
        {
            _expressions.BeginRule();
            var names = operands.Select((operand, at) => _expressions.Declare($"p{at}", operand)).ToArray();
            if (_random.Next(6) == 0) names[0] = _expressions.Constant(operands[0]);
            var body = _random.Next(2) == 0 ? "" : $" if {{\n{_expressions.Body("\t", _random.Next(1, 3))}}}";
            Emit($"{name}({string.Join(", ", names)}) := {_expressions.Of(shape, 2)}{body}\n\n");
        }

        _expressions.Known.Add(new Known(name, shape, operands));
    }

    private void PartialSet(int i)
    {
        for (var copy = _random.Next(2); copy < 2; copy++)
        {
            _expressions.BeginRule();
            var body = _expressions.Body("\t", _random.Next(1, 4));
            Emit($"s{i} contains {_expressions.Of(AnyShape(), 2)} if {{\n{body}}}\n\n");
        }

        _expressions.Known.Add(new Known($"s{i}", Shape.Set, []));
    }

    private void PartialObject(int i)
    {
        var value = AnyShape();
        for (var copy = _random.Next(2); copy < 2; copy++)
        {
            _expressions.BeginRule();
            var body = _expressions.Body("\t", _random.Next(1, 4));
            var key = _random.Next(4) == 0 ? $".k{_random.Next(3)}" : $"[{_expressions.Of(Shape.Text, 1)}]";
            Emit($"o{i}{key} := {_expressions.Of(value, 2)} if {{\n{body}}}\n\n");
        }

        _expressions.Known.Add(new Known($"o{i}", Shape.Entries, []));
    }

    private void Chain(int i)
    {
        var shape = AnyShape();
        var chain = $"r{i} := {_expressions.Constant(shape)} if {{\n{_expressions.Body("\t", 1)}}}";
        Emit(chain);
        for (var more = _random.Next(1, 4); more > 0; more--)
        {
            _expressions.BeginRule();
            Emit($" else := {_expressions.Constant(shape)} if {{\n{_expressions.Body("\t", 1)}}}");
        }

        _text.Append('\n');
        _expressions.Known.Add(new Known($"r{i}", shape, []));
    }

    private void Constants(int i)
    {
        var shape = AnyShape();
        Emit($"r{i} := {_expressions.Of(shape, 3)}\n");
        _expressions.Known.Add(new Known($"r{i}", shape, []));
    }
}

/// <summary>A rule that later rules may look at; a function when it has operands.</summary>
internal sealed record Known(string Name, Shape Shape, Shape[] Operands);
