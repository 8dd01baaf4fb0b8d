using GitOpsGate.Acts;
using GitOpsGate.Attestations;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Deliveries;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Setup;
using MediatR;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>Every act, with the two behaviours around it. An act that is not in this table cannot be sent.</summary>
internal static class ActRegistration
{
    public static IServiceCollection AddActs(this IServiceCollection services)
    {
        services.AddTransient<ServiceFactory>(given => given.GetRequiredService);
        services.AddTransient<IMediator, Mediator>();
        services.AddAct<ReplayDelivery, DeliveryId, ReplayDeliveryHandler>();
        services.AddAct<RetryObligation, long, RetryObligationHandler>();
        services.AddSingleton<RepositorySetup>();
        services.AddSingleton<Doctor>();
        services.AddAct<ConnectRepository, SetupReport, ConnectRepositoryHandler>();
        services.AddAct<DisconnectRepository, SetupReport, DisconnectRepositoryHandler>();
        services.AddAct<AdoptBranch, BranchStanding, AdoptBranchHandler>();
        services.AddAct<CreateToken, NewToken, CreateTokenHandler>();
        services.AddAct<StoreSecret, StoredSecretName, StoreSecretHandler>();
        services.AddAct<RemoveSecret, string, RemoveSecretHandler>();
        services.AddAct<RotateLogKey, LogKey, RotateLogKeyHandler>();
        services.AddAct<RevokeLogKey, LogKey, RevokeLogKeyHandler>();
        services.AddAct<OpenSections, OpenedEntry, OpenSectionsHandler>();
        services.AddAct<RequestErasure, ErasureStanding, RequestErasureHandler>();
        services.AddAct<ConfirmErasure, ErasureReport, ConfirmErasureHandler>();
        services.AddAct<HoldSubject, ErasureStanding, HoldSubjectHandler>();
        services.AddSingleton<AttestationFiles>();
        services.AddSingleton(given => new BundleCompany(
            given.GetRequiredService<AttestationFiles>(), given.GetService<BundleAnchors>(), given.GetService<Configuration.WitnessSettings>()));
        services.AddSingleton<EvidenceExport>();
        services.AddSingleton<EvidenceDesk>();
        services.AddAct<ExportEvidence, EvidenceFile, ExportEvidenceHandler>();
        services.AddAct<CreateAuditorLink, NewAuditorLink, CreateAuditorLinkHandler>();
        services.AddAct<RevokeAuditorLink, string, RevokeAuditorLinkHandler>();
        services.AddAct<DownloadEvidence, EvidenceFile, DownloadEvidenceHandler>();
        services.AddSingleton<AttestedRulings>();
        services.AddAct<IssueAttestation, IssuedAttestation, IssueAttestationHandler>();
        return services;
    }

    private static void AddAct<TAct, TOutcome, THandler>(this IServiceCollection services)
        where TAct : IAct<TOutcome>
        where THandler : class, IRequestHandler<TAct, ActAnswer<TOutcome>>
    {
        // The first one added is the outer one.
        services.AddTransient<IPipelineBehavior<TAct, ActAnswer<TOutcome>>, Authorise<TAct, TOutcome>>();
        services.AddTransient<IPipelineBehavior<TAct, ActAnswer<TOutcome>>, RecordAct<TAct, TOutcome>>();
        services.AddTransient<IRequestHandler<TAct, ActAnswer<TOutcome>>, THandler>();
    }
}
