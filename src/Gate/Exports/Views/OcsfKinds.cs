using System.Collections.Immutable;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports.Views;

/// <summary>A class of OCSF 1.8 that entries are told as.</summary>
/// <param name="Uid">Its number; the hundreds of thousands name the category.</param>
internal sealed record OcsfClass(int Uid, string Name, string Category)
{
    public static readonly OcsfClass ComplianceFinding = new(2003, "Compliance Finding", "Findings");
    public static readonly OcsfClass Authentication = new(3002, "Authentication", "Identity & Access Management");
    public static readonly OcsfClass EntityManagement = new(3004, "Entity Management", "Identity & Access Management");
    public static readonly OcsfClass UserAccess = new(3005, "User Access Management", "Identity & Access Management");
    public static readonly OcsfClass ApplicationLifecycle = new(6002, "Application Lifecycle", "Application Activity");
    public static readonly OcsfClass ApiActivity = new(6003, "API Activity", "Application Activity");

    public int CategoryUid => Uid / 1000;
}

/// <summary>An activity of a class.</summary>
internal sealed record OcsfActivity(int Id, string Name)
{
    public static readonly OcsfActivity Create = new(1, "Create");
    public static readonly OcsfActivity Read = new(2, "Read");
    public static readonly OcsfActivity Update = new(3, "Update");
    public static readonly OcsfActivity Delete = new(4, "Delete");
    public static readonly OcsfActivity Enable = new(8, "Enable");
    public static readonly OcsfActivity Logon = new(1, "Logon");
    public static readonly OcsfActivity Assign = new(1, "Assign Privileges");
    public static readonly OcsfActivity Revoke = new(2, "Revoke Privileges");
    public static readonly OcsfActivity UpdateApp = new(8, "Update");
}

/// <summary>How serious an entry of a kind is.</summary>
internal sealed record OcsfSeverity(int Id, string Name)
{
    public static readonly OcsfSeverity Informational = new(1, "Informational");
    public static readonly OcsfSeverity Low = new(2, "Low");
    public static readonly OcsfSeverity Medium = new(3, "Medium");
    public static readonly OcsfSeverity High = new(4, "High");
}

/// <summary>What a type of entry is in OCSF.</summary>
internal sealed record OcsfKind(OcsfClass Class, OcsfActivity Activity, OcsfSeverity Severity)
{
    /// <summary>By type of entry. Every type of the registry stands here: a view that left one out would not be the log.</summary>
    public static readonly ImmutableSortedDictionary<string, OcsfKind> All = new Dictionary<string, OcsfKind>
    {
        [AuditTypes.LogOpened] = Api(OcsfActivity.Create),
        [AuditTypes.LogRecovered] = Api(OcsfActivity.Update) with { Severity = OcsfSeverity.High },
        [AuditTypes.KeyCreated] = Entity(OcsfActivity.Create),
        [AuditTypes.KeyRotated] = Entity(OcsfActivity.Update),
        [AuditTypes.KeyRevoked] = Entity(OcsfActivity.Delete) with { Severity = OcsfSeverity.Medium },
        [AuditTypes.WebhookReceived] = Api(OcsfActivity.Create),
        [AuditTypes.WebhookRejected] = Api(OcsfActivity.Create) with { Severity = OcsfSeverity.Low },
        [AuditTypes.DeliveryReplayed] = Api(OcsfActivity.Update),
        [AuditTypes.ObligationRetried] = Api(OcsfActivity.Update),
        [AuditTypes.ChangeObserved] = Api(OcsfActivity.Create),
        [AuditTypes.ChangeMerged] = Api(OcsfActivity.Update),
        [AuditTypes.ChangeClosed] = Api(OcsfActivity.Update),
        [AuditTypes.ChangeUnmanaged] = Finding(OcsfSeverity.High),
        [AuditTypes.DecisionEvaluated] = Finding(OcsfSeverity.Informational),
        [AuditTypes.ApprovalRequested] = Api(OcsfActivity.Create),
        [AuditTypes.ApprovalGranted] = Api(OcsfActivity.Create),
        [AuditTypes.ApprovalDismissed] = Api(OcsfActivity.Delete),
        [AuditTypes.DispatchRequested] = Api(OcsfActivity.Create),
        [AuditTypes.DispatchAccepted] = Api(OcsfActivity.Update),
        [AuditTypes.DispatchFailed] = Api(OcsfActivity.Update) with { Severity = OcsfSeverity.Medium },
        [AuditTypes.DispatchWithheld] = Finding(OcsfSeverity.Medium),
        [AuditTypes.DeploymentReported] = new(OcsfClass.ApplicationLifecycle, OcsfActivity.UpdateApp, OcsfSeverity.Informational),
        [AuditTypes.CheckReported] = Api(OcsfActivity.Create),
        [AuditTypes.CheckOverwritten] = Finding(OcsfSeverity.High),
        [AuditTypes.ConfigChanged] = Entity(OcsfActivity.Update),
        [AuditTypes.PolicyActivated] = Entity(OcsfActivity.Enable),
        [AuditTypes.ReconciliationCompleted] = Api(OcsfActivity.Read),
        [AuditTypes.HeartbeatRecorded] = Api(OcsfActivity.Read),
        [AuditTypes.PopulationClosed] = Api(OcsfActivity.Create),
        [AuditTypes.OverrideRequested] = Api(OcsfActivity.Create) with { Severity = OcsfSeverity.Medium },
        [AuditTypes.OverrideUsed] = Finding(OcsfSeverity.High),
        [AuditTypes.HoldPlaced] = Api(OcsfActivity.Create),
        [AuditTypes.HoldReleased] = Api(OcsfActivity.Delete),
        [AuditTypes.TokenCreated] = Api(OcsfActivity.Create),
        [AuditTypes.SecretStored] = Entity(OcsfActivity.Update),
        [AuditTypes.SecretRemoved] = Entity(OcsfActivity.Delete),
        [AuditTypes.SessionStarted] = new(OcsfClass.Authentication, OcsfActivity.Logon, OcsfSeverity.Informational),
        [AuditTypes.SessionFailed] = new(OcsfClass.Authentication, OcsfActivity.Logon, OcsfSeverity.Low),
        [AuditTypes.ExportCreated] = Api(OcsfActivity.Create),
        [AuditTypes.PrivacyOpened] = Api(OcsfActivity.Read),
        [AuditTypes.PrivacyRequested] = Api(OcsfActivity.Create),
        [AuditTypes.PrivacyErased] = Entity(OcsfActivity.Delete),
        [AuditTypes.ExportDownloaded] = Api(OcsfActivity.Read),
        [AuditTypes.LinkCreated] = new(OcsfClass.UserAccess, OcsfActivity.Assign, OcsfSeverity.Informational),
        [AuditTypes.LinkRevoked] = new(OcsfClass.UserAccess, OcsfActivity.Revoke, OcsfSeverity.Informational),
        [AuditTypes.AttestationIssued] = Api(OcsfActivity.Create),
        [AuditTypes.WitnessStale] = Api(OcsfActivity.Read) with { Severity = OcsfSeverity.High },
        [AuditTypes.RetentionApplied] = Entity(OcsfActivity.Delete),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static OcsfKind Api(OcsfActivity activity) => new(OcsfClass.ApiActivity, activity, OcsfSeverity.Informational);

    private static OcsfKind Entity(OcsfActivity activity) => new(OcsfClass.EntityManagement, activity, OcsfSeverity.Informational);

    private static OcsfKind Finding(OcsfSeverity severity) => new(OcsfClass.ComplianceFinding, OcsfActivity.Create, severity);
}
