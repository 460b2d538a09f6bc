using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NativeEngine.Train;

/// <summary>A length of training: epochs, perhaps a part of one (<c>2.5</c>), or updates (<c>5000it</c>).</summary>
/// <param name="Value">How many.</param>
/// <param name="InUpdates">Updates; else epochs.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct Moment(double Value, bool InUpdates = false)
{
    private const string Ending = "it";

    /// <summary>So many epochs.</summary>
    public static implicit operator Moment(double epochs) => new(epochs);

    /// <summary>In epochs.</summary>
    /// <param name="stepsPerEpoch">Updates of one.</param>
    public double Epochs(int stepsPerEpoch) => InUpdates ? Value / stepsPerEpoch : Value;

    /// <summary>Reads what <see cref="ToString"/> writes; null where it is none.</summary>
    public static Moment? Parse(string text)
    {
        bool updates = text.EndsWith(Ending, StringComparison.Ordinal);
        string number = updates ? text[..^Ending.Length] : text;
        return updates ? long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? new Moment(n, true) : null
            : double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double epochs) && double.IsFinite(epochs) ? new Moment(epochs)
                : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture) + (InUpdates ? Ending : "");

    // Epochs stay numbers, as they were before there were updates.
    private sealed class Converter : JsonConverter<Moment>
    {
        public override Moment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType == JsonTokenType.Number
            ? new Moment(reader.GetDouble()) : Parse(reader.GetString() ?? "")
                ?? throw new JsonException("expected a number of epochs or updates such as 5000it");

        public override void Write(Utf8JsonWriter writer, Moment value, JsonSerializerOptions options)
        {
            if (value.InUpdates)
                writer.WriteStringValue(value.ToString());
            else
                writer.WriteNumberValue(value.Value);
        }
    }
}
