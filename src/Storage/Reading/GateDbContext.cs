using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage.Reading;

/// <summary>The tables as the pages and the API read them, on both databases. Writes go through the writer; the schema is the migrations'.</summary>
internal sealed class GateDbContext(DbContextOptions<GateDbContext> options) : DbContext(options)
{
    public DbSet<DeliveryRow> Deliveries => Set<DeliveryRow>();

    public DbSet<ChangeRow> Changes => Set<ChangeRow>();

    public DbSet<RulingRow> Rulings => Set<RulingRow>();

    public DbSet<EvidenceRow> Evidence => Set<EvidenceRow>();

    public DbSet<ObligationRow> Obligations => Set<ObligationRow>();

    public DbSet<TokenRow> Tokens => Set<TokenRow>();

    public DbSet<SecretRow> Secrets => Set<SecretRow>();

    public DbSet<AgentOrderRow> AgentOrders => Set<AgentOrderRow>();

    public DbSet<IdentityRow> Identities => Set<IdentityRow>();

    public DbSet<LeafRow> Leaves => Set<LeafRow>();

    public DbSet<BranchRow> Branches => Set<BranchRow>();


    /// <summary>The forge's or target's name for what an obligation of a lane made last, or null.</summary>
    public Task<string?> LatestReferenceAsync(string lane, CancellationToken cancellation) =>
        Obligations.Where(one => one.Lane == lane && one.Reference != null)
            .OrderByDescending(one => one.Id).Select(one => one.Reference).FirstOrDefaultAsync(cancellation);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<DeliveryRow>().ToTable("delivery").HasKey(row => row.Sequence);
        modelBuilder.Entity<ChangeRow>().ToTable("change_request").HasKey(row => row.Sequence);
        modelBuilder.Entity<RulingRow>().ToTable("ruling").HasKey(row => row.Sequence);
        modelBuilder.Entity<EvidenceRow>().ToTable("evidence").HasKey(row => row.RulingSequence);
        modelBuilder.Entity<ObligationRow>().ToTable("obligation").HasKey(row => row.Id);
        modelBuilder.Entity<TokenRow>().ToTable("access_token").HasKey(row => row.Sha256);
        modelBuilder.Entity<SecretRow>().ToTable("secret").HasKey(row => row.Name);
        modelBuilder.Entity<AgentOrderRow>().ToTable("agent_order").HasKey(row => row.OrderId);
        // `Id` is not the key here, and the conventions let it be null for that.
        modelBuilder.Entity<DeliveryRow>().Property(row => row.Id).IsRequired();
        modelBuilder.Entity<RulingRow>().Property(row => row.Id).IsRequired();
        modelBuilder.Entity<IdentityRow>().ToTable("identity").HasKey(row => new { row.Forge, row.PersonId });
        modelBuilder.Entity<LeafRow>().ToTable("audit_leaf").HasKey(row => row.Sequence);
        modelBuilder.Entity<BranchRow>().ToTable("branch").HasKey(row => new { row.Repository, row.Name });
    }
}
