Console.WriteLine("nengine");
