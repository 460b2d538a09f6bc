namespace NativeEngine.Train;

/// <summary>Watches a training run; called on the training thread. What is not implemented is ignored.</summary>
public interface ITrainObserver
{
    /// <summary>Everything is loaded; the first update follows.</summary>
    void Started(TrainPlan plan)
    {
    }

    /// <summary>An update was made; called for every one.</summary>
    void Stepped(in StepReport step)
    {
    }

    /// <summary>A batch of an evaluation was made.</summary>
    void Evaluating(int batch, int batches)
    {
    }

    /// <summary>An epoch ended and was evaluated.</summary>
    void EpochEnded(EpochReport epoch)
    {
    }

    /// <summary>A checkpoint was written.</summary>
    void Saved(string path)
    {
    }

    /// <summary>Something a person should know.</summary>
    void Noted(string message)
    {
    }

    /// <summary>The run ended without an error.</summary>
    void Ended(TrainResult result)
    {
    }
}
