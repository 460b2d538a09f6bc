return NativeEngine.Cli.Application.Run(args);
