using System.Text.Json;
using System.Text.Json.Serialization;
using Lockplane.Control.Ledgers;
using Lockplane.Control.Shadows;

namespace Lockplane.Control;

/// <summary>How the control plane's own records are written as JSON, made by the compiler.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(LedgerEntry))]
[JsonSerializable(typeof(Assessment))]
[JsonSerializable(typeof(TemplateState))]
internal sealed partial class ControlJson : JsonSerializerContext;
