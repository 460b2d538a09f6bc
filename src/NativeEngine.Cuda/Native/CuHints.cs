namespace NativeEngine.Cuda.Native;

/// <summary>What a status of the driver means for the person at the machine.</summary>
internal static class CuHints
{
    private const string VisibleDevices = "CUDA_VISIBLE_DEVICES";

    /// <summary>The rest of a sentence that ends with the status, or nothing.</summary>
    public static string For(CuResult result) => result switch
    {
        CuResult.UnsupportedPtxVersion => "; the driver is too old for the kernels (PTX 6.3, CUDA 10.0): update it",
        CuResult.JitCompilerNotFound => "; the driver's PTX compiler (libnvidia-ptxjitcompiler) is missing: install the whole driver",
        CuResult.StubLibrary => "; this libcuda is the toolkit's stub to link with: install the NVIDIA driver, or take the folder 'stubs' out of the "
            + "loader's path",
        CuResult.DeviceUnavailable => "; another process has the GPU for itself (compute mode), or it is being reset",
        CuResult.EccUncorrectable => "; the GPU's memory has an error that cannot be corrected: nvidia-smi -q says more",
        CuResult.SystemNotReady => "; a service that this machine's GPUs need, such as the fabric manager, is not running",
        CuResult.SystemDriverMismatch => "; the driver's kernel module and its libcuda are of different versions: restart after an update of the driver",
        CuResult.CompatNotSupportedOnDevice => "; a libcuda for newer CUDA (cuda-compat) is in the loader's path, which this GPU does not take",
        CuResult.Unknown => "; often the kernel module nvidia-uvm is not loaded, or the computer has slept",
        CuResult.IllegalAddress or CuResult.MisalignedAddress or CuResult.LaunchFailed or CuResult.LaunchTimeout or CuResult.Assert
            => "; a kernel failed earlier and the device context is lost: 'nengine kernels check --device soft --sanitize all' finds the place",
        >= CuResult.StreamCaptureUnsupported and <= CuResult.StreamCaptureWrongThread => "; --no-graph queues updates without recording them",
        _ => "",
    };

    /// <summary>Why the driver shows no GPU.</summary>
    public static string NoDevice => Environment.GetEnvironmentVariable(VisibleDevices) is { } visible
        ? $"the driver finds no NVIDIA GPU ({VisibleDevices} is '{visible}')."
        : "the driver finds no NVIDIA GPU.";
}
