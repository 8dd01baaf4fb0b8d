namespace GitOpsGate.DemoForge;

/// <summary>The demo's repository: a site that is deployed as files, its Kubernetes manifests, and the rules on its target branch.</summary>
internal static class Shop
{
    public const string Repository = "acme/shop";

    public const string RuleFile = """
        version: 1
        approvals:
          - name: one-other-person
            when: { branches: [main] }
            requires: { count: 1 }
            dismissOnPush: true
        policies:
          - name: kubernetes
            bundle: shipped
            package: data.kubernetes
            style: document
            files: ["deploy/**"]
            mode: enforce

        """;

    public const string FirstPage = "<!doctype html><title>Shop</title><h1>Welcome to the shop</h1>\n";

    public const string NewPage = "<!doctype html><title>Shop</title><h1>Welcome to the shop, now with a sale</h1>\n";

    public const string SmuggledPage = "<!doctype html><title>Shop</title><h1>Pushed past everybody</h1>\n";

    /// <summary>A deployment that every cluster would take, and that no reviewer should.</summary>
    public static string Careless { get; } = Deployment("registry.example.org/shop/web:latest", "privileged: true");

    public static string Careful { get; } = Deployment(
        "registry.example.org/shop/web:1.4.2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "privileged: false, allowPrivilegeEscalation: false");

    private static string Deployment(string image, string security) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          namespace: shop
        spec:
          replicas: 2
          selector:
            matchLabels: { app: web }
          template:
            metadata:
              labels: { app: web }
            spec:
              securityContext:
                runAsNonRoot: true
                runAsUser: 10001
              containers:
                - name: web
                  image: {{image}}
                  securityContext: { {{security}} }
                  resources:
                    requests: { cpu: 50m, memory: 64Mi }
                    limits: { cpu: 250m, memory: 128Mi }
                  readinessProbe:
                    httpGet: { path: /, port: 8080 }
                  livenessProbe:
                    httpGet: { path: /, port: 8080 }

        """;
}
