namespace Lockplane.Schema.Kinds;

/// <summary>OIDs of catalog tables, fixed in Postgres's source (src/include/catalog).</summary>
internal static class CatalogClasses
{
    public const uint Type = 1247;

    public const uint Function = 1255;

    public const uint Relation = 1259;

    public const uint ColumnDefault = 2604;

    public const uint Constraint = 2606;

    public const uint AccessOperator = 2602;

    public const uint AccessProcedure = 2603;

    public const uint Cast = 2605;

    public const uint Namespace = 2615;

    public const uint OperatorClass = 2616;

    public const uint Trigger = 2620;

    public const uint OperatorFamily = 2753;

    public const uint Extension = 3079;

    public const uint EventTrigger = 3466;

    public const uint Publication = 6104;

    public const uint Transform = 3576;
}
