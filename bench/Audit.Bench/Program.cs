using System.Globalization;
using GitOpsGate.AuditBench;

// The audit log through the gate's own parts; bench/audit/run calls one after the other.
return args switch
{
    ["append", var folder, var seconds] => await Appends.RunAsync(folder, double.Parse(seconds, CultureInfo.InvariantCulture)),
    ["generate", var folder, var deploys, var entries] =>
        await Year.WriteAsync(folder, int.Parse(deploys, CultureInfo.InvariantCulture), int.Parse(entries, CultureInfo.InvariantCulture)),
    ["verify", var folder] => await Reading.VerifyAsync(folder),
    ["export", var folder, var output, .. var more] => await Reading.ExportAsync(folder, output, more.Contains("disclose")),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Audit.Bench append FOLDER SECONDS | generate FOLDER DEPLOYS ENTRIES | verify FOLDER | export FOLDER ZIP [disclose]");
    return 2;
}
