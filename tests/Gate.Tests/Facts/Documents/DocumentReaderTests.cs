using System.Text;
using GitOpsGate.Facts;
using GitOpsGate.Facts.Documents;
using Xunit;

namespace GitOpsGate.Gate.Tests.Facts.Documents;

public sealed class DocumentReaderTests
{
    [Fact]
    public void Each_document_of_a_file_is_read_with_its_place()
    {
        var documents = Read("a.yaml", "# first\nkind: Service\nports:\n  - port: 80\n---\n# nothing\n---\nkind: Pod\n").Documents;

        Assert.Equal(["""{"kind":"Service","ports":[{"port":80}]}""", """{"kind":"Pod"}"""], documents.Select(Json));
        Assert.Equal([(0, 2), (2, 8)], documents.Select(document => (document.Index, document.Line)));
        Assert.Equal(4, documents[0].LineOf("/ports/0/port"));
        Assert.Equal(4, documents[0].LineOf("/ports/0/absent"));
        Assert.Equal(2, documents[0].LineOf("/absent"));
    }

    [Theory]
    [InlineData("a: yes", """{"a":true}""")]
    [InlineData("a: 'yes'", """{"a":"yes"}""")]
    [InlineData("on: push", """{"true":"push"}""")]
    [InlineData("a: !!str no", """{"a":"no"}""")]
    [InlineData("a: 0777", """{"a":511}""")]
    [InlineData("a: 0x1F", """{"a":31}""")]
    [InlineData("a: -0b11", """{"a":-3}""")]
    [InlineData("a: 1_000", """{"a":1000}""")]
    [InlineData("a: 08", """{"a":8}""")]
    [InlineData("a: 1e3", """{"a":1000}""")]
    [InlineData("a: .5", """{"a":0.5}""")]
    [InlineData("a: 12:30", """{"a":"12:30"}""")]
    [InlineData("a: 1.2.3", """{"a":"1.2.3"}""")]
    [InlineData("a: 2026-01-02", """{"a":"2026-01-02"}""")]
    [InlineData("a: 18446744073709551615", """{"a":18446744073709551615}""")]
    [InlineData("a: 1e400", """{"a":"1e400"}""")]
    [InlineData("a: ~\nb:\n", """{"a":null,"b":null}""")]
    [InlineData("a: |\n  x\n  y\n", """{"a":"x\ny\n"}""")]
    [InlineData("1: a\n2.5: b", """{"1":"a","2.5":"b"}""")]
    [InlineData("a: -", null)]
    [InlineData("- a\n- [b, {c: d}]", """["a",["b",{"c":"d"}]]""")]
    public void Scalars_mean_what_kubectl_reads(string yaml, string? json)
    {
        var reading = Read("a.yaml", yaml);

        if (json is null) Assert.Single(reading.Problems);
        else Assert.Equal(json, Json(Assert.Single(reading.Documents)));
    }

    [Fact]
    public void Aliases_and_merge_keys_are_followed()
    {
        var reading = Read("a.yml", "base: &b {cpu: 1, memory: 2}\nuse:\n  <<: *b\n  cpu: 3\nlist:\n  <<: [{x: 1}, {x: 2, z: 2}]\nsame: *b\n");

        Assert.Equal(
            """{"base":{"cpu":1,"memory":2},"use":{"cpu":3,"memory":2},"list":{"x":1,"z":2},"same":{"cpu":1,"memory":2}}""",
            Json(Assert.Single(reading.Documents)));
    }

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3\n", 3, "the key `a` is given twice; it stands on line 1 too")]
    [InlineData("yes: 1\ntrue: 2\n", 2, "the key `true` is given twice; it stands on line 1 too")]
    [InlineData("b: &b {a: 1}\nc:\n  a: 2\n  <<: *b\n", 4, "`<<` brings the key `a`, which is written before it; write `<<` first")]
    [InlineData("a: !Ref b\n", 1, "the tag `!Ref` is not known; only the tags of YAML's core schema are read")]
    [InlineData("a: *b\n", 1, "the alias `*b` has no anchor before it")]
    [InlineData("a: &a [*a]\n", 1, "the alias `*a` has no anchor before it")]
    [InlineData("a: !!int x\n", 1, "`x` is not of the kind that its tag `!!int` names")]
    [InlineData("a: .inf\n", 1, "`.inf` is a number that JSON cannot say; quote it to mean the text")]
    [InlineData("? [a]\n: b\n", 1, "a key must be a text, a number or a boolean")]
    public void What_readers_disagree_about_is_refused_with_its_line(string yaml, int line, string message) =>
        Assert.Equal([new ContentProblem("a.yaml", line, message)], Read("a.yaml", yaml).Problems);

    [Fact]
    public void Broken_text_is_a_problem_with_its_line()
    {
        Assert.Equal(2, Assert.Single(Read("a.yaml", "a: 1\nb: [\n").Problems).Line is 2 or 3 ? 2 : 0);
        Assert.Equal(
            new ContentProblem("a.yaml", 2, "the text is not valid UTF-8"),
            Assert.Single(DocumentReader.Read("a.yaml", new byte[] { (byte)'a', (byte)'\n', 0xff }).Problems));
    }

    [Fact]
    public void Bombs_are_refused()
    {
        var laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
            + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        var longText = $"a: &a {new string('x', 500_000)}\nb: [{string.Join(',', Enumerable.Repeat("*a", 1000))}]\n";
        var deep = new string('[', 70) + new string(']', 70);

        Assert.Contains("more than 200000 values", Assert.Single(Read("a.yaml", laughs).Problems).Message);
        Assert.Contains("grows beyond", Assert.Single(Read("a.yaml", longText).Problems).Message);
        Assert.Contains("more than 64 deep", Assert.Single(Read("a.yaml", deep).Problems).Message);
        Assert.Single(Read("a.json", deep).Problems);
        Assert.Contains("at most", Assert.Single(DocumentReader.Read("a.yaml", new byte[DocumentReader.MaxBytes + 1]).Problems).Message);
    }

    [Fact]
    public void Json_is_read_strictly()
    {
        var reading = Read("a.JSON", "\uFEFF{\n  \"a/b\": [\n    1.50, \"ü\"]\n}\n");

        Assert.Equal("""{"a/b":[1.50,"ü"]}""", Json(Assert.Single(reading.Documents)));
        Assert.Equal(3, reading.Documents[0].LineOf("/a~1b/0"));
        Assert.Equal(
            new ContentProblem("a.json", 3, "the name `a` is given twice"), Assert.Single(Read("a.json", "{\n\"a\": 1,\n\"\\u0061\": 2}").Problems));
        foreach (var wrong in new[] { "", "{} {}", "{\"a\":1,}", "// x\n{}", "{\"a\":\"\\ud800\"}", "[1", "NaN", "{\"\\udc00\":1}" })
            Assert.Single(Read("a.json", wrong).Problems);
    }

    [Fact]
    public void A_chart_template_is_skipped_only_if_it_cannot_be_a_manifest()
    {
        Assert.Equal("charts/x/Chart.yaml", DocumentReader.ChartOf("charts/x/templates/deployment.yaml"));
        Assert.Equal("Chart.yaml", DocumentReader.ChartOf("templates/deployment.yaml"));
        Assert.Null(DocumentReader.ChartOf("deploy/deployment.yaml"));
        var template = Encoding.UTF8.GetBytes("{{- if .Values.x }}\nkind: Pod\n{{- end }}\n");

        Assert.Single(DocumentReader.Read("templates/a.yaml", template).Problems);
        Assert.Empty(DocumentReader.Read("templates/a.yaml", template, isChartTemplate: true).Problems);
        Assert.Single(DocumentReader.Read("templates/a.yaml", "kind: Pod # {{"u8.ToArray(), isChartTemplate: true).Documents);
        Assert.Single(DocumentReader.Read("templates/a.yaml", "a: [\n"u8.ToArray(), isChartTemplate: true).Problems);
    }

    [Fact]
    public void Damaged_files_never_throw()
    {
        var chance = new Random(7);
        var seed = "a: &x {b: [1, 'two', \"three\"], c: |\n  d\n}\n---\n- *x\n- <<: {e: ? f}\n%TAG ! x\n!!int 3 # {}\n"u8.ToArray();
        for (var round = 0; round < 3000; round++)
        {
            var bytes = (byte[])seed.Clone();
            for (var change = 0; change < 6; change++) bytes[chance.Next(bytes.Length)] = seed[chance.Next(seed.Length)];
            bytes[chance.Next(bytes.Length)] = (byte)chance.Next(128);
            var (yaml, json) = (DocumentReader.Read("a.yaml", bytes), DocumentReader.Read("a.json", bytes));
            Assert.True(yaml.Problems.Length <= 1 && json.Problems.Length <= 1);
        }
    }

    private static DocumentReading Read(string path, string text) => DocumentReader.Read(path, Encoding.UTF8.GetBytes(text));

    private static string Json(Document document) => Encoding.UTF8.GetString(document.Json.Span);
}
