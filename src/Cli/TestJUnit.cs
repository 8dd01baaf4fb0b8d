using System.Globalization;
using System.Text;
using System.Xml;
using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli;

/// <summary>Prints test results as JUnit's XML, which build servers read: a suite for each package.</summary>
internal static class TestJUnit
{
    public static void Print(RegoTestReport report)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true, CheckCharacters = true }))
        {
            xml.WriteStartElement("testsuites");
            Counts(xml, report.Results);
            foreach (var suite in report.Results.GroupBy(result => result.Package)) Suite(xml, suite.Key, [.. suite]);
            xml.WriteEndElement();
        }

        Console.WriteLine("""<?xml version="1.0" encoding="utf-8"?>""");
        Console.WriteLine(text.ToString());
    }

    private static void Suite(XmlWriter xml, string package, IReadOnlyList<RegoTestResult> results)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", package);
        Counts(xml, results);
        foreach (var result in results) Case(xml, result);
        xml.WriteEndElement();
    }

    private static void Case(XmlWriter xml, RegoTestResult result)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", result.Package);
        xml.WriteAttributeString("name", result.Name);
        xml.WriteAttributeString("file", result.Place.File);
        xml.WriteAttributeString("line", result.Place.Row.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("time", Seconds(result.Duration));
        switch (result.Outcome)
        {
            case RegoTestOutcome.Failed:
                Because(xml, "failure", Reason(result));
                break;
            case RegoTestOutcome.Errored:
                Because(xml, "error", result.Error?.ToString() ?? "");
                break;
            case RegoTestOutcome.Skipped:
                xml.WriteElementString("skipped", null);
                break;
            case RegoTestOutcome.Passed:
                break;
        }

        if (result.Output.Count > 0) xml.WriteElementString("system-out", Readable(string.Join('\n', result.Output)));
        xml.WriteEndElement();
    }

    private static string Reason(RegoTestResult result)
    {
        string[] failed = [.. result.Cases.Where(part => part.Outcome == RegoTestOutcome.Failed).Select(part => part.Name)];
        return failed.Length == 0 ? "the test is undefined or false" : $"cases that do not hold: {string.Join(", ", failed)}";
    }

    private static void Because(XmlWriter xml, string element, string message)
    {
        xml.WriteStartElement(element);
        xml.WriteAttributeString("message", Readable(message));
        xml.WriteEndElement();
    }

    private static void Counts(XmlWriter xml, IReadOnlyList<RegoTestResult> results)
    {
        xml.WriteAttributeString("tests", Number(results.Count));
        xml.WriteAttributeString("failures", Number(results.Count(result => result.Outcome == RegoTestOutcome.Failed)));
        xml.WriteAttributeString("errors", Number(results.Count(result => result.Outcome == RegoTestOutcome.Errored)));
        xml.WriteAttributeString("skipped", Number(results.Count(result => result.Outcome == RegoTestOutcome.Skipped)));
        xml.WriteAttributeString("time", Seconds(TimeSpan.FromTicks(results.Sum(result => result.Duration.Ticks))));
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture);

    // XML has no way to write most control characters.
    private static string Readable(string text) => string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter) ? letter : '\uFFFD'));
}
