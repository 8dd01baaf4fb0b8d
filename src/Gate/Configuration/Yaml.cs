using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOpsGate.Configuration;

/// <summary>A part of a configuration file, with the line that it starts at. Closed: a scalar, a list, a map.</summary>
internal abstract record Yaml
{
    private Yaml(int line) => Line = line;

    /// <summary>From 1.</summary>
    public int Line { get; }

    private protected abstract void Close();

    public sealed record Text(string Value, bool IsPlain, int At) : Yaml(At)
    {
        public bool IsNull => IsPlain && Value is "" or "~" or "null";

        private protected override void Close()
        {
        }
    }

    public sealed record Many(ImmutableArray<Yaml> Items, int At) : Yaml(At)
    {
        private protected override void Close()
        {
        }
    }

    public sealed record Map(ImmutableArray<(string Key, int Line, Yaml Value)> Entries, int At) : Yaml(At)
    {
        private protected override void Close()
        {
        }
    }
}

/// <summary>
/// Reads one YAML document within limits. Anchors, aliases and tags are refused: a file of rules should say what it means where it is
/// read, and aliases are how a small file becomes a large one.
/// </summary>
internal sealed class YamlFile(string name, List<FileProblem> problems)
{
    /// <summary>The largest configuration file, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxDepth = 16;

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    /// <summary>The root map, or null with at least one problem added.</summary>
    public Yaml.Map? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
        {
            return Refuse(0, $"the file has {bytes.Length} bytes; at most {MaxBytes} are read");
        }

        try
        {
            var text = StrictUtf8.GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _)) return new Yaml.Map([], 1);
            var root = Part(parser, 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) return Refuse(Line(parser), "a second document starts here; the file holds one");
            return root switch
            {
                Yaml.Map map => map,
                Yaml.Text { IsNull: true } => new Yaml.Map([], 1),
                { } other => Refuse(other.Line, "the file holds a map of keys, such as `version: 1`"),
                null => null,
            };
        }
        catch (YamlException trouble)
        {
            return Refuse((int)trouble.Start.Line, $"not YAML: {Lower(trouble.Message)}");
        }
        catch (InvalidOperationException)
        {
            // How the parser says that a text ends in the middle of a list or map.
            return Refuse(0, "not YAML: a list or map is not closed");
        }
        catch (DecoderFallbackException)
        {
            return Refuse(0, "the file is not UTF-8");
        }
    }

    private static int Line(Parser parser) => (int)(parser.Current?.Start.Line ?? 0);

    private static string Lower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');

    private Yaml.Map? Refuse(int line, string message)
    {
        problems.Add(new FileProblem(name, line, message));
        return null;
    }

    private Yaml? Part(Parser parser, int depth)
    {
        if (depth > MaxDepth) return Refuse(Line(parser), $"parts stand inside each other more than {MaxDepth} deep");
        if (parser.Accept<AnchorAlias>(out _)) return Refuse(Line(parser), "anchors and aliases are not read; write the value out");
        if (parser.Accept<NodeEvent>(out var node) && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty))
        {
            return Refuse(Line(parser), "anchors and tags are not read; write the value without");
        }

        var line = Line(parser);
        if (parser.TryConsume<Scalar>(out var scalar)) return new Yaml.Text(scalar.Value, scalar.Style == ScalarStyle.Plain, line);
        if (parser.TryConsume<SequenceStart>(out _)) return List(parser, depth, line);
        if (parser.TryConsume<MappingStart>(out _)) return Map(parser, depth, line);
        throw new UnreachableException($"a YAML node starts with {parser.Current}");
    }

    private Yaml.Many? List(Parser parser, int depth, int line)
    {
        var items = ImmutableArray.CreateBuilder<Yaml>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            if (Part(parser, depth + 1) is not { } item) return null;
            items.Add(item);
        }

        return new Yaml.Many(items.ToImmutable(), line);
    }

    private Yaml.Map? Map(Parser parser, int depth, int line)
    {
        var entries = ImmutableArray.CreateBuilder<(string, int, Yaml)>();
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (Part(parser, depth + 1) is not { } key) return null;
            if (key is not Yaml.Text text) return Refuse(key.Line, "a key is a plain word");
            if (Part(parser, depth + 1) is not { } value) return null;
            if (seen.TryAdd(text.Value, text.Line)) entries.Add((text.Value, text.Line, value));
            else Refuse(text.Line, $"key `{text.Value}` stands twice, first in line {seen[text.Value]}");
        }

        return new Yaml.Map(entries.ToImmutable(), line);
    }
}
