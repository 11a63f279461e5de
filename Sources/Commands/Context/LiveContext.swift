import Foundation

extension Context {
  /// The context of this process. Also has a closed pipe, and a file that reaches the limit on its size (`ulimit -f`),
  /// reported as an error instead of a signal, so that `ccr-audit run | head` still finishes its job.
  package static func live() -> Context {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
    let environment = ProcessInfo.processInfo.environment
    #if os(macOS)
      let platform = Platform.macOS
    #else
      let platform = Platform.linux
    #endif
    var context = Context(
      now: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) },
      timeZone: .current,
      environment: environment,
      homeDirectory: environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory(),
      currentDirectory: NamedFolders.current(),
      platform: platform,
      output: .descriptor(STDOUT_FILENO, environment: environment),
      errors: .descriptor(STDERR_FILENO, environment: environment),
      inputDescriptor: STDIN_FILENO,
      transport: liveTransport(environment: environment),
      wait: { Thread.sleep(forTimeInterval: Double($0) / 1000) })
    context.processes = .live
    context.lookUpProgram { program(path: environment["PATH"] ?? "") }
    context.cores = ProcessInfo.processInfo.activeProcessorCount
    context.userID = getuid()
    return context
  }

  /// The way to other machines: the system's own client.
  /// - Parameter environment: the environment's variables, for proxies and certificates.
  package static func liveTransport(environment: [String: String]) -> any HTTPTransport {
    #if os(macOS)
      URLSessionTransport(environment: environment)
    #else
      CurlTransport(environment: environment)
    #endif
  }

  /// The program as it was called, made absolute. Links on the way are left alone: what they lead to may be gone after
  /// the next update of a package.
  private static func program(path: String) -> String {
    let name = CommandLine.arguments.first ?? ""
    let folders = name.contains("/") ? [""] : path.split(separator: ":").map { "\($0)/" }
    let found = folders.map { $0 + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    return URL(filePath: found ?? Bundle.main.executablePath ?? name).standardizedFileURL.path(percentEncoded: false)
  }
}

extension Output {
  /// The stream of an open file descriptor; `COLUMNS` wins over the terminal's own width.
  fileprivate static func descriptor(_ descriptor: Int32, environment: [String: String]) -> Output {
    let isTerminal = isatty(descriptor) == 1
    let configured = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    return Output(
      isTerminal: isTerminal, width: configured ?? (isTerminal ? terminalWidth(of: descriptor) : nil),
      put: { bytes throws(SystemError) in try Descriptor.write(bytes, to: descriptor) })
  }

  private static func terminalWidth(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
