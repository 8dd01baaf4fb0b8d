using System.Text.Json;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports.Views;

/// <summary>What each class of OCSF asks for beyond what all share. People stand as opaque references.</summary>
internal static class OcsfParts
{
    public const string Product = "GitOps Gate";

    public static void Write(Utf8JsonWriter json, ViewedEntry entry, OcsfKind kind)
    {
        var fields = entry.Fields;
        if (kind.Class == OcsfClass.ApiActivity) Api(json, entry);
        else if (kind.Class == OcsfClass.ComplianceFinding) Finding(json, fields);
        else if (kind.Class == OcsfClass.EntityManagement) Entity(json, fields);
        else if (kind.Class == OcsfClass.UserAccess) Access(json, fields);
        else if (kind.Class == OcsfClass.Authentication) Logon(json, fields);
        else App(json, fields);
    }

    private static void Api(Utf8JsonWriter json, ViewedEntry entry)
    {
        var fields = entry.Fields;
        json.Inner("actor", () =>
        {
            Actor(json, fields);
            if (fields.Attribute("rule") is { Length: > 0 } rule && fields.Type.StartsWith("approval.", StringComparison.Ordinal))
                Authorizations(json, fields.Text("outcome"), [rule]);
        });
        json.Inner("api", () =>
        {
            json.WriteString("operation", fields.Type);
            json.Inner("service", () => json.WriteString("name", Product));
            json.Inner("request", () => json.WriteString("uid", fields.Text("id")));
        });
        // The log holds no addresses: the connection is the nearest that is known of where a call came from.
        json.Inner("src_endpoint", () => json.WriteString("name", fields.Attribute("connection") is { Length: > 0 } connection ? connection : entry.Place.Host));
        Resources(json, fields);
    }

    private static void Finding(Utf8JsonWriter json, ReportLeaf fields)
    {
        var (status, name) = fields.Type != AuditTypes.DecisionEvaluated ? (3, "Fail") : fields.Text("outcome") switch
        {
            "allow" => (1, "Pass"),
            // Held: an answer is still missing.
            "pending" => (2, "Warning"),
            _ => (3, "Fail"),
        };
        string[] rules = [.. fields.Texts("determining"), .. fields.Attribute("rule") is { Length: > 0 } rule ? [rule] : Array.Empty<string>()];
        json.Inner("finding_info", () =>
        {
            json.WriteString("uid", fields.Subject is { Length: > 0 } subject ? subject : fields.Text("id"));
            json.WriteString("title", fields.Type);
        });
        json.Inner("compliance", () =>
        {
            json.WriteString("control", fields.Type);
            json.WriteStartArray("standards");
            json.WriteStringValue(fields.Attribute("rules") is { Length: > 0 } digest ? $"{Product} rules {digest}" : $"{Product} rules");
            json.WriteEndArray();
            json.WriteNumber("status_id", status);
            json.WriteString("status", name);
            Checks(json, rules, status, name);
        });
        json.WriteNumber("action_id", ActionOf(fields, status));
        json.Inner("actor", () => Actor(json, fields));
        if (fields.Type == AuditTypes.DecisionEvaluated) Authorizations(json, fields.Text("outcome"), fields.Texts("bundles"));
        Resources(json, fields);
    }

    // What an override was used for went through, and what is unmanaged had gone past; all else that is not allowed is blocked.
    private static int ActionOf(ReportLeaf fields, int status)
    {
        const int allowed = 1;
        const int denied = 2;
        return status == 1 || fields.Type is AuditTypes.OverrideUsed or AuditTypes.ChangeUnmanaged ? allowed : denied;
    }

    private static void Checks(Utf8JsonWriter json, string[] rules, int status, string name)
    {
        if (rules.Length == 0) return;
        json.WriteStartArray("checks");
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("uid", rule);
            json.WriteString("name", rule);
            json.WriteNumber("status_id", status);
            json.WriteString("status", name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Authorizations(Utf8JsonWriter json, string decision, string[] policies)
    {
        json.WriteStartArray("authorizations");
        foreach (var policy in policies)
        {
            json.WriteStartObject();
            json.WriteString("decision", decision);
            json.Inner("policy", () => json.WriteString("name", policy));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Entity(Utf8JsonWriter json, ReportLeaf fields)
    {
        var kind = fields.Text("subject", "kind");
        json.Inner("actor", () => Actor(json, fields));
        json.Inner("entity", () =>
        {
            json.WriteString("uid", fields.Subject is { Length: > 0 } subject ? subject : fields.Text("id"));
            json.Given("name", fields.Subject);
            json.WriteString("type", kind.Length > 0 ? kind : "other");
            json.WriteNumber("type_id", kind == "policy" ? 5 : 99);
            json.Given("version", fields.Text("subject", "digest"));
        });
        json.Given("comment", fields.Attribute("why"));
    }

    private static void Access(Utf8JsonWriter json, ReportLeaf fields)
    {
        json.Inner("actor", () => Actor(json, fields));
        json.Inner("user", () => json.WriteString("uid", fields.Subject));
        json.WriteStartArray("privileges");
        json.WriteStringValue(fields.Attribute("role") is { Length: > 0 } role ? role : fields.Text("subject", "kind"));
        json.WriteEndArray();
    }

    private static void Logon(Utf8JsonWriter json, ReportLeaf fields)
    {
        json.Inner("user", () => json.WriteString("uid", fields.Text("actor", "ref") is { Length: > 0 } actor ? actor : "unknown"));
        json.Inner("service", () => json.WriteString("name", Product));
        json.WriteBoolean("is_remote", true);
        json.Given("status_detail", fields.Attribute("reason"));
    }

    private static void App(Utf8JsonWriter json, ReportLeaf fields)
    {
        json.Inner("app", () =>
        {
            json.WriteString("name", fields.Attribute("target") is { Length: > 0 } target ? target : fields.Subject);
            json.WriteString("vendor_name", Product);
            json.Given("uid", fields.Subject);
            json.Given("version", fields.Attribute("commit"));
        });
        json.Inner("actor", () => Actor(json, fields));
    }

    private static void Actor(Utf8JsonWriter json, ReportLeaf fields)
    {
        var (kind, reference) = (fields.Text("actor", "kind"), fields.Text("actor", "ref"));
        if (kind == "user") json.Inner("user", () => json.WriteString("uid", reference));
        else json.WriteString("app_name", kind.Length > 0 ? kind : Product);
        if (kind != "user") json.Given("app_uid", reference);
    }

    private static void Resources(Utf8JsonWriter json, ReportLeaf fields)
    {
        if (fields.Subject.Length == 0) return;
        json.WriteStartArray("resources");
        json.WriteStartObject();
        json.WriteString("uid", fields.Subject);
        json.Given("type", fields.Text("subject", "kind"));
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
