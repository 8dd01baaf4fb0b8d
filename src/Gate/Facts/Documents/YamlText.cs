using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace GitOpsGate.Facts.Documents;

/// <summary>Reads a stream of YAML documents into nodes, following aliases and merge keys within bounds.</summary>
internal sealed class YamlText
{
    private const string Merge = "tag:yaml.org,2002:merge";

    private readonly Parser _parser;
    private readonly Dictionary<string, DocumentNode> _anchors = new(StringComparer.Ordinal);
    private int _values;
    private int _depth;

    private YamlText(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>The documents in order; null for one that has no value.</summary>
    /// <exception cref="UnreadableException">The text is not YAML, or says something that readers of YAML disagree about.</exception>
    public static List<DocumentNode?> Read(string text)
    {
        var yaml = new YamlText(text);
        try
        {
            return yaml.Documents();
        }
        catch (YamlException problem)
        {
            throw new UnreadableException((int)problem.Start.Line, $"the text is not YAML: {Reason(problem.Message)}");
        }
        catch (InvalidOperationException)
        {
            throw yaml.Stumbled();
        }
        catch (ArgumentException)
        {
            throw yaml.Stumbled();
        }
    }

    // The parser has a few texts that it neither reads nor reports as its own kind of exception.
    private UnreadableException Stumbled() => new((int)(_parser.Current?.End.Line ?? 0), "the text is not YAML: it cannot be parsed after here");

    private List<DocumentNode?> Documents()
    {
        var documents = new List<DocumentNode?>();
        while (_parser.MoveNext())
        {
            if (_parser.Current is not DocumentStart) continue;
            _anchors.Clear();
            _parser.MoveNext();
            documents.Add(Node());
        }

        return documents;
    }

    // Reads the value that begins at the current event, and leaves the parser on its last event.
    private DocumentNode Node()
    {
        var line = (int)_parser.Current!.Start.Line;
        Count(line, 1);
        switch (_parser.Current)
        {
            case AnchorAlias alias:
                return _anchors.TryGetValue(alias.Value.Value, out var known)
                    ? known
                    : throw new UnreadableException(line, $"the alias `*{alias.Value.Value}` has no anchor before it");
            case Scalar scalar:
                return Anchored(scalar, Scalar(line, scalar));
            case SequenceStart start:
                Collection(line, start, "seq");
                return Anchored(start, Sequence(line));
            case MappingStart start:
                Collection(line, start, "map");
                return Anchored(start, Mapping(line));
            default:
                throw new UnreadableException(line, "a value is expected here");
        }
    }

    private DocumentNode Anchored(NodeEvent node, DocumentNode value)
    {
        if (!node.Anchor.IsEmpty) _anchors[node.Anchor.Value] = value;
        return value;
    }

    private static DocumentNode Scalar(int line, Scalar scalar)
    {
        var tag = Tag(scalar);
        if (!YamlScalars.Knows(tag)) throw Unknown(line, tag);
        return YamlScalars.Read(line, scalar.Value, tag, scalar.Style == ScalarStyle.Plain);
    }

    private static void Collection(int line, NodeEvent start, string kind)
    {
        var tag = Tag(start);
        if (tag is not ("" or "!") && tag != "tag:yaml.org,2002:" + kind) throw Unknown(line, tag);
    }

    private DocumentNode.List Sequence(int line)
    {
        Enter(line);
        var items = new List<DocumentNode>();
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd) items.Add(Node());
        _depth--;
        return new DocumentNode.List(line, items);
    }

    private DocumentNode.Map Mapping(int line)
    {
        Enter(line);
        var keys = new MapKeys();
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            var at = (int)_parser.Current!.Start.Line;
            if (IsMerge(_parser.Current))
            {
                _parser.MoveNext();
                var sources = Sources(at, Node());
                Count(at, sources.Sum(source => source.Entries.Count));
                keys.Merge(at, sources);
                continue;
            }

            var key = Key(at, Node());
            _parser.MoveNext();
            keys.Add(new DocumentNode.Entry(key, at, Node()));
        }

        _depth--;
        return new DocumentNode.Map(line, keys.Entries);
    }

    private static bool IsMerge(ParsingEvent current) =>
        current is Scalar { Value: "<<" } scalar && (Tag(scalar) == Merge || (Tag(scalar).Length == 0 && scalar.Style == ScalarStyle.Plain));

    private static List<DocumentNode.Map> Sources(int line, DocumentNode node) => node switch
    {
        DocumentNode.Map map => [map],
        DocumentNode.List list when list.Items.TrueForAll(item => item is DocumentNode.Map) => [.. list.Items.Cast<DocumentNode.Map>()],
        _ => throw new UnreadableException(line, "`<<` merges a mapping or a list of mappings"),
    };

    private static string Key(int line, DocumentNode node) => node switch
    {
        DocumentNode.Text text => text.Value,
        DocumentNode.Truth truth => truth.Value ? "true" : "false",
        DocumentNode.Number number => number.Json.ToLowerInvariant(),
        _ => throw new UnreadableException(line, "a key must be a text, a number or a boolean"),
    };

    private void Enter(int line)
    {
        if (++_depth > DocumentReader.MaxDepth) throw DocumentWriter.TooDeep(line);
    }

    private void Count(int line, int values)
    {
        if ((_values += values) > DocumentReader.MaxValues)
            throw new UnreadableException(line, $"the file holds more than {DocumentReader.MaxValues} values");
    }

    private static string Tag(NodeEvent node) => node.Tag.IsEmpty ? "" : node.Tag.Value;

    private static UnreadableException Unknown(int line, string tag) =>
        new(line, $"the tag `{tag}` is not known; only the tags of YAML's core schema are read");

    private static string Reason(string message)
    {
        var text = message.TrimEnd('.', ' ');
        return text.Length == 0 ? "it cannot be parsed" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    /// <summary>The keys of one mapping: written ones win over merged ones, and none is written twice.</summary>
    private sealed class MapKeys
    {
        private readonly Dictionary<string, (int Index, bool IsMerged)> _known = new(StringComparer.Ordinal);
        private bool _hasMerged;

        public List<DocumentNode.Entry> Entries { get; } = [];

        public void Add(DocumentNode.Entry entry)
        {
            if (!_known.TryGetValue(entry.Key, out var known))
            {
                _known[entry.Key] = (Entries.Count, false);
                Entries.Add(entry);
            }
            else if (known.IsMerged)
            {
                Entries[known.Index] = entry;
                _known[entry.Key] = known with { IsMerged = false };
            }
            else
            {
                throw new UnreadableException(entry.Line, $"the key `{entry.Key}` is given twice; it stands on line {Entries[known.Index].Line} too");
            }
        }

        // Readers disagree whether a merge overrides a key that was written before it, so that is refused.
        public void Merge(int line, List<DocumentNode.Map> sources)
        {
            if (_hasMerged) throw new UnreadableException(line, "the key `<<` is given twice; merge a list of mappings instead");
            _hasMerged = true;
            foreach (var entry in sources.SelectMany(source => source.Entries))
            {
                if (_known.TryGetValue(entry.Key, out var known))
                {
                    if (known.IsMerged) continue;
                    throw new UnreadableException(line, $"`<<` brings the key `{entry.Key}`, which is written before it; write `<<` first");
                }

                _known[entry.Key] = (Entries.Count, true);
                Entries.Add(entry);
            }
        }
    }
}
