namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>What the scenes' people write.</summary>
public static class Manifests
{
    public const string Rules = """
        version: 1
        approvals:
          - name: one-other-person
            requires: { count: 1 }
        policies:
          - name: kubernetes
            bundle: shipped
            package: data.kubernetes
            files: ["deploy/**"]

        """;

    public const string Privileged = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          namespace: shop
        spec:
          containers:
            - name: web
              image: registry.example.org/web:latest
              securityContext:
                privileged: true

        """;

    public const string Decent = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
          namespace: shop
        spec:
          securityContext:
            runAsNonRoot: true
          containers:
            - name: web
              image: registry.example.org/web:1.4.2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
              securityContext:
                privileged: false
                allowPrivilegeEscalation: false
              resources:
                requests: { cpu: 50m, memory: 64Mi }
                limits: { cpu: 250m, memory: 128Mi }
              readinessProbe:
                httpGet: { path: /, port: 8080 }
              livenessProbe:
                httpGet: { path: /, port: 8080 }

        """;

    public static string Page(string words) => $"<!doctype html><title>Shop</title><h1>{words}</h1>\n";
}
