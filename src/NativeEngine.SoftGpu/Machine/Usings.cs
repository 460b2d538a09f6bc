// The shape of every operation: itself, its warp, the warp's register file, the active lanes.
global using unsafe Handler = delegate*<NativeEngine.SoftGpu.Op*, NativeEngine.SoftGpu.Warp, byte*, uint, void>;
