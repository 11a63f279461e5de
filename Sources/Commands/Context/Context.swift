package import Foundation

/// Everything that a command takes from the world around it, in one value, so that a test can hand it another world.
/// `Context.live()` is the only place that reaches for the process.
package struct Context: Sendable {
  /// The operating systems whose conventions for files differ.
  package enum Platform: Sendable {
    case linux
    case macOS
  }

  /// The time, epoch milliseconds.
  package var now: @Sendable () -> Int64
  /// The system's time zone, which applies unless one is configured.
  @Deferred package var timeZone: TimeZone
  /// The environment's variables.
  package var environment: [String: String]
  /// The user's home folder, absolute.
  package var homeDirectory: String
  /// The folder that relative paths on the command line start from, absolute.
  package var currentDirectory: String
  /// Whose conventions the default places follow.
  package var platform: Platform
  /// Standard output: data.
  package var output: Output
  /// Standard error: all else.
  package var errors: Output
  /// Standard input.
  package var inputDescriptor: Int32
  /// The way to other machines.
  package var transport: any HTTPTransport
  /// Waits for a number of milliseconds.
  package var wait: @Sendable (_ milliseconds: Int64) -> Void
  /// Starts other programs; out of the box none may be.
  package var processes = ProcessRunner.unprepared
  /// This program, absolute.
  @Deferred package var program = "/usr/local/bin/ccr-audit"
  /// How many things the processor does at once.
  package var cores = 2
  /// The user's number.
  package var userID: UInt32 = 0

  package init(
    now: @escaping @Sendable () -> Int64, timeZone: @autoclosure @escaping @Sendable () -> TimeZone,
    environment: [String: String], homeDirectory: String,
    currentDirectory: String, platform: Platform, output: Output, errors: Output,
    inputDescriptor: Int32, transport: any HTTPTransport, wait: @escaping @Sendable (_ milliseconds: Int64) -> Void
  ) {
    self.now = now
    _timeZone = Deferred(timeZone)
    self.environment = environment
    self.homeDirectory = homeDirectory
    self.currentDirectory = currentDirectory
    self.platform = platform
    self.output = output
    self.errors = errors
    self.inputDescriptor = inputDescriptor
    self.transport = transport
    self.wait = wait
  }

  /// Has the program's place found out when somebody asks for it.
  mutating func lookUpProgram(_ find: @escaping @Sendable () -> String) { _program = Deferred(find) }

  /// A path of the command line.
  func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)" }

  /// The variable's value; an empty one counts as not set.
  package func variable(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// Where files stand when nobody says otherwise.
extension Context {
  /// The configuration that is read where it exists: `$XDG_CONFIG_HOME/ccr-audit/config.yaml`, else under `~/.config`.
  package var defaultConfigPath: String {
    (xdgFolder("XDG_CONFIG_HOME") ?? "\(homeDirectory)/.config") + "/ccr-audit/config.yaml"
  }

  /// The folder of the ledger and the history: Application Support on macOS, else XDG's data home.
  package var dataDirectory: String {
    switch platform {
    case .macOS: "\(homeDirectory)/Library/Application Support/ccr-audit"
    case .linux: (xdgFolder("XDG_DATA_HOME") ?? "\(homeDirectory)/.local/share") + "/ccr-audit"
    }
  }

  /// The XDG specification has relative paths ignored.
  private func xdgFolder(_ name: String) -> String? {
    variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil }
  }
}
