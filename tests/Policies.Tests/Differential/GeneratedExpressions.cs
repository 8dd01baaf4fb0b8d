using System.Globalization;
using System.Text;

namespace GitOpsGate.Policies.Tests.Differential;

/// <summary>Makes expressions and literals of the shapes asked for, from variables in scope, the input, rules and functions.</summary>
internal sealed class Expressions(Random random)
{
    private static readonly string[] Words = ["a", "b", "ab", "A b", "x-y", "", "10", "3", "ä", "a/b", "k0", "k1"];

    private readonly List<(string Name, Shape Shape)> _scope = [];
    private int _next;

    /// <summary>The rules made so far.</summary>
    public List<Known> Known { get; } = [];

    public void BeginRule()
    {
        _scope.Clear();
        _next = 0;
    }

    public string Declare(string name, Shape shape)
    {
        _scope.Add((name, shape));
        return name;
    }

    /// <summary>A constant of a shape.</summary>
    public string Constant(Shape shape) => shape switch
    {
        Shape.Number => Number(),
        Shape.Text => Word(),
        Shape.Truth => random.Next(2) == 0 ? "true" : "false",
        Shape.Numbers => $"[{Several(Number)}]",
        Shape.Texts => $"[{Several(Word)}]",
        Shape.Set => random.Next(5) == 0 ? "set()" : $"{{{Several(Number, least: 1)}}}",
        Shape.Entries => $"{{{Several(() => $"{Word()}: {Number()}")}}}",
        _ => Constant((Shape)random.Next((int)Shape.Anything)),
    };

    /// <summary>An expression of a shape, of about the given depth.</summary>
    public string Of(Shape shape, int depth)
    {
        if (shape == Shape.Anything) shape = (Shape)random.Next((int)Shape.Anything);
        if (random.Next(4) == 0 && _scope.Where(v => v.Shape == shape).ToArray() is { Length: > 0 } fitting)
        {
            return fitting[random.Next(fitting.Length)].Name;
        }

        if (random.Next(4) == 0 && Known.Where(k => k.Shape == shape).ToArray() is { Length: > 0 } rules)
        {
            var rule = rules[random.Next(rules.Length)];
            return rule.Operands.Length == 0 ? rule.Name
                : $"{rule.Name}({string.Join(", ", rule.Operands.Select(operand => Of(operand, depth - 1)))})";
        }

        if (random.Next(5) == 0) return Input(shape);
        return depth <= 0 ? Constant(shape) : Compound(shape, depth - 1);
    }

    /// <summary>The literals of a body, one on each line.</summary>
    public string Body(string indent, int count)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++) text.Append(indent).Append(Literal(indent, 2)).Append('\n');
        return text.ToString();
    }

    private string Literal(string indent, int depth)
    {
        switch (random.Next(16))
        {
            case 0 or 1:
                var shape = (Shape)random.Next((int)Shape.Anything);
                var value = Of(shape, depth);
                return $"{Declare($"x{_next++}", shape)} := {value}";
            case 2 or 3:
                return Some(depth);
            case 4:
                return $"not {Test(depth - 1)}";
            case 5:
                return Every(indent, depth);
            case 6:
                return $"{Test(depth)} with input.{Field()} as {Of(Shape.Anything, depth - 1)}";
            case 7:
                var over = Of(Shape.Numbers, depth);
                var (at, item) = ($"i{_next++}", $"x{_next++}");
                _scope.Add((at, Shape.Number));
                _scope.Add((item, Shape.Number));
                return $"some {at}, {item} in {over}";
            case 8:
                return $"{Of(Shape.Number, depth)} in {Of(random.Next(2) == 0 ? Shape.Set : Shape.Numbers, depth)}";
            case 9 when Known.Find(k => k.Operands.Length == 0 && k.Shape == Shape.Number) is { } mocked:
                return $"{Test(depth)} with data.g.{mocked.Name} as {Constant(Shape.Number)}";
            case 10:
                return $"[x{_next}, _] = [{Of(Shape.Number, depth)}, {Of(Shape.Text, depth)}]".Replace(
                    $"x{_next}", Declare($"x{_next++}", Shape.Number), StringComparison.Ordinal);
            case 11 or 12:
                return $"{Declare($"x{_next++}", Shape.Anything)} := {BaseRead()} with data.base.{BasePath()} as {Of(Shape.Anything, depth - 1)}";
            default:
                return Test(depth);
        }
    }

    /// <summary>The base documents that modules may look at.</summary>
    public const string BaseData = """{"base": {"m": {"k": 1, "n": {"x": "t", "y": [2]}}, "l": [3, {"a": 4}], "t": "u"}}""";

    // Each way to come to a document that has a replacement at, above or below it.
    private string BaseRead() => random.Next(8) switch
    {
        0 => "data.base",
        1 => $"data.base.{BasePath()}",
        2 => "object.get(data.base, \"m\", 0)",
        3 => "{k: v | some k, v in data.base.m}",
        4 => "{k: v | v := data.base[k]}",
        5 => "{[k, l]: v | v := data.base[k][l]}",
        6 => "[v | v := data.base.m[_].x]",
        _ => "[p | walk(data.base, [p, _])]",
    };

    private string BasePath() => random.Next(7) switch
    {
        0 => "m",
        1 => "m.n",
        2 => "m.k",
        3 => "m.n.x",
        4 => "l",
        5 => "m.new",
        _ => "o.p",
    };

    private string Some(int depth)
    {
        var (from, item) = random.Next(3) switch
        {
            0 => (Of(Shape.Numbers, depth), Shape.Number),
            1 => (Of(Shape.Texts, depth), Shape.Text),
            _ => (Of(Shape.Entries, depth), Shape.Number),
        };
        return $"some {Declare($"x{_next++}", item)} in {from}";
    }

    private string Every(string indent, int depth)
    {
        var from = Of(Shape.Numbers, depth);
        var kept = _scope.Count;
        var name = Declare($"x{_next++}", Shape.Number);
        var inner = $"{indent}\t{Test(depth - 1)}\n";
        _scope.RemoveRange(kept, _scope.Count - kept);
        return $"every {name} in {from} {{\n{inner}{indent}}}";
    }

    private string Test(int depth)
    {
        switch (random.Next(6))
        {
            case 0:
                return Of(Shape.Truth, depth);
            case 1:
                return $"{Of(Shape.Text, depth)} {Comparison()} {Of(Shape.Text, depth)}";
            case 2:
                var shape = (Shape)random.Next((int)Shape.Anything);
                return $"{Of(shape, depth)} {(random.Next(2) == 0 ? "==" : "!=")} {Of(shape, depth)}";
            case 3:
                return $"{Of(Shape.Anything, depth)} {Comparison()} {Of(Shape.Anything, depth)}";
            default:
                return $"{Of(Shape.Number, depth)} {Comparison()} {Of(Shape.Number, depth)}";
        }
    }

    private string Comparison() => random.Next(6) switch { 0 => "<", 1 => "<=", 2 => ">", 3 => ">=", 4 => "!=", _ => "==" };

    private string Compound(Shape shape, int depth)
    {
        if (random.Next(4) == 0 && shape >= Shape.Numbers) return Comprehension(shape, depth);
        if (random.Next(12) == 0 && shape is Shape.Number) return $"{Of(Shape.Entries, depth)}[{Of(Shape.Text, depth)}]";
        if (random.Next(12) == 0 && shape is Shape.Number) return $"{Of(Shape.Numbers, depth)}[{random.Next(3)}]";
        var calls = GeneratedCalls.Of(shape);
        var call = calls[random.Next(calls.Length)];
        var text = new StringBuilder();
        foreach (var part in call.Parts) text.Append(part.Literal ?? Of(part.Shape, depth));
        return text.ToString();
    }

    private string Comprehension(Shape shape, int depth)
    {
        var kept = _scope.Count;
        var some = Some(depth);
        if (random.Next(2) == 0) some += $"; {Test(depth)}";
        var made = shape switch
        {
            Shape.Numbers => $"[{Of(Shape.Number, depth)} | {some}]",
            Shape.Texts => $"[{Of(Shape.Text, depth)} | {some}]",
            Shape.Set => $"{{{Of(Shape.Anything, depth)} | {some}}}",
            _ => $"{{{Of(Shape.Text, depth)}: {Of(Shape.Anything, depth)} | {some}}}",
        };
        _scope.RemoveRange(kept, _scope.Count - kept);
        return made;
    }

    private string Input(Shape shape) => shape switch
    {
        Shape.Number => random.Next(2) == 0 ? "input.n" : "input.o.k0",
        Shape.Text => random.Next(2) == 0 ? "input.t" : "input.ts[0]",
        Shape.Truth => "input.b",
        Shape.Numbers => "input.ns",
        Shape.Texts => "input.ts",
        Shape.Entries => random.Next(2) == 0 ? "input.o" : "input",
        _ => $"{{v | some v in input.{Field()}}}",
    };

    private string Field() => random.Next(7) switch { 0 => "n", 1 => "t", 2 => "b", 3 => "ns", 4 => "ts", 5 => "o", _ => "missing" };

    private string Number() => random.Next(8) switch
    {
        0 => "0",
        1 => (random.Next(400) / 8.0).ToString(CultureInfo.InvariantCulture),
        2 => (-random.Next(1, 20)).ToString(CultureInfo.InvariantCulture),
        3 => random.Next(100_000).ToString(CultureInfo.InvariantCulture),
        _ => random.Next(6).ToString(CultureInfo.InvariantCulture),
    };

    private string Word() => $"\"{Words[random.Next(Words.Length)]}\"";

    private string Several(Func<string> make, int least = 0) =>
        string.Join(", ", Enumerable.Range(0, random.Next(least, 4)).Select(_ => make()));
}
