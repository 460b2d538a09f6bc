using System.Text.Json;
using System.Text.Json.Serialization;

namespace NativeEngine.Train;

/// <summary>Writes NaN and the infinities as <c>null</c> in logs and results: JSON has no word for them, and the loss of a diverged model is one.</summary>
public sealed class NonFiniteAsNull : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
