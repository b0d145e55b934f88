//! Sockets to all other processes, and what is agreed on before anything is sent through them.
//!
//! Timely could connect by itself, but waits for ever, and would search two different things at
//! once.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::arrangement::Arrangement;
use crate::error::Error;
use crate::execute::Job;

/// How long the processes wait for each other.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a greeting may take.
const GREETING: Duration = Duration::from_secs(10);
/// Tells our greeting from other traffic, and the order of bytes.
const MAGIC: u64 = 0x7368_7574_6368_6b31;
const LABEL_MAX: usize = 1000;

/// What a process says first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Greeting {
    process: u64,
    processes: u64,
    threads: u64,
    digest: u64,
    label: String,
}

impl Greeting {
    fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let label: String = self.label.chars().take(LABEL_MAX / 4).collect();
        let words = [
            MAGIC,
            self.process,
            self.processes,
            self.threads,
            self.digest,
            label.len() as u64,
        ];
        let mut bytes = words.map(u64::to_ne_bytes).concat();
        bytes.extend(label.into_bytes());
        stream.write_all(&bytes)
    }

    /// `None` for what is no greeting of ours.
    fn receive(stream: &mut TcpStream) -> Option<Greeting> {
        let mut word = || {
            let mut bytes = [0; 8];
            stream.read_exact(&mut bytes).ok()?;
            Some(u64::from_ne_bytes(bytes))
        };
        if word()? != MAGIC {
            return None;
        }
        let [process, processes, threads, digest] = [word()?, word()?, word()?, word()?];
        let length = usize::try_from(word()?).ok().filter(|&n| n <= LABEL_MAX)?;
        let mut label = vec![0; length];
        stream.read_exact(&mut label).ok()?;
        Some(Greeting {
            process,
            processes,
            threads,
            digest,
            label: String::from_utf8_lossy(&label).into_owned(),
        })
    }

    /// Whether `other` does the same.
    fn check(&self, other: &Greeting) -> Result<(), Error> {
        let who = other.process;
        if (self.digest, &self.label) != (other.digest, &other.label) {
            let same = self.label == other.label;
            let ours = if same {
                "the same in other words"
            } else {
                &self.label
            };
            return Err(Error::Mismatch(format!(
                "process {who} searches {}; this one, process {}, {ours}",
                other.label, self.process
            )));
        }
        if (self.processes, self.threads) != (other.processes, other.threads) {
            return Err(Error::Mismatch(format!(
                "process {who} has `-n {} -w {}`; this one, process {}, `-n {} -w {}`",
                other.processes, other.threads, self.process, self.processes, self.threads
            )));
        }
        Ok(())
    }
}

/// A clock, for patience only: nothing that is found depends on it.
struct Clock {
    #[expect(
        clippy::disallowed_types,
        reason = "others are waited for only so long"
    )]
    started: std::time::Instant,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "others are waited for only so long"
    )]
    #[expect(
        clippy::disallowed_types,
        reason = "others are waited for only so long"
    )]
    fn start() -> Clock {
        Clock {
            started: std::time::Instant::now(),
        }
    }

    /// Waits a little; `false` when there was enough of that.
    #[expect(clippy::disallowed_methods, reason = "others may not be there yet")]
    fn wait(&self) -> bool {
        std::thread::sleep(PAUSE);
        self.started.elapsed() < PATIENCE
    }
}

/// A socket for each process, none for this one.
///
/// # Errors
/// When a process cannot be reached, does not come, or does something else.
pub(crate) fn connect(
    arrangement: &Arrangement,
    job: &Job,
) -> Result<Vec<Option<TcpStream>>, Error> {
    let own = &arrangement.hosts[arrangement.process];
    let listener = TcpListener::bind(own.as_str()).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    let listener = listener.map_err(|error| {
        Error::Connection(format!(
            "process {} cannot listen at `{own}`, its line of the file of hosts: {error}",
            arrangement.process
        ))
    })?;
    let ours = Greeting {
        process: arrangement.process as u64,
        processes: arrangement.processes() as u64,
        threads: arrangement.threads as u64,
        digest: job.digest,
        label: job.label.clone(),
    };
    let clock = Clock::start();
    let mut sockets: Vec<Option<TcpStream>> = Vec::new();
    for (process, host) in arrangement.hosts.iter().enumerate() {
        sockets.push(if process < arrangement.process {
            Some(call(&clock, &ours, process, host)?)
        } else {
            None
        });
    }
    while (arrangement.process + 1..sockets.len()).any(|process| sockets[process].is_none()) {
        match listener.accept() {
            Ok((stream, _)) => {
                let Some((greeting, stream)) = answer(&ours, stream) else {
                    continue;
                };
                ours.check(&greeting)?;
                let process = usize::try_from(greeting.process).unwrap_or(usize::MAX);
                match sockets.get_mut(process) {
                    Some(free @ None) if process > arrangement.process => *free = Some(stream),
                    Some(_) | None => {
                        return Err(Error::Mismatch(format!(
                            "two processes say that they are process {process}"
                        )));
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !clock.wait() {
                    return Err(missing(&sockets, arrangement));
                }
            }
            Err(error) => return Err(Error::Connection(format!("cannot listen: {error}"))),
        }
    }
    Ok(sockets)
}

fn missing(sockets: &[Option<TcpStream>], arrangement: &Arrangement) -> Error {
    let late = arrangement.process + 1..sockets.len();
    let late: Vec<String> = late
        .filter(|&process| sockets[process].is_none())
        .map(|process| format!("{process} (`{}`)", arrangement.hosts[process]))
        .collect();
    Error::Connection(format!(
        "waited {} s for process {}, which did not come",
        PATIENCE.as_secs(),
        late.join(", ")
    ))
}

/// Connects to a process with a lower number.
fn call(clock: &Clock, ours: &Greeting, process: usize, host: &str) -> Result<TcpStream, Error> {
    let mut stream = loop {
        match reach(host) {
            Ok(stream) => break stream,
            Err(_) if clock.wait() => {}
            Err(error) => {
                return Err(Error::Connection(format!(
                    "process {process} at `{host}` cannot be reached: {error} (tried for {} s)",
                    PATIENCE.as_secs()
                )));
            }
        }
    };
    let failed = |error: std::io::Error| {
        Error::Connection(format!("process {process} at `{host}` broke off: {error}"))
    };
    stream.set_nodelay(true).map_err(failed)?;
    ours.send(&mut stream).map_err(failed)?;
    // It answers when it has reached those before it.
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let Some(greeting) = Greeting::receive(&mut stream) else {
        return Err(Error::Connection(format!(
            "process {process} at `{host}` did not answer: another program listens there, or it \
             has ended"
        )));
    };
    ours.check(&greeting)?;
    if greeting.process != process as u64 {
        return Err(Error::Mismatch(format!(
            "at `{host}`, the line of process {process}, is process {}",
            greeting.process
        )));
    }
    stream.set_read_timeout(None).map_err(failed)?;
    Ok(stream)
}

fn reach(host: &str) -> std::io::Result<TcpStream> {
    let mut last = ErrorKind::NotFound.into();
    for address in host.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, GREETING) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Takes the greeting of who has connected, and answers; `None` for strangers.
fn answer(ours: &Greeting, mut stream: TcpStream) -> Option<(Greeting, TcpStream)> {
    stream.set_nonblocking(false).ok()?;
    stream.set_nodelay(true).ok()?;
    stream.set_read_timeout(Some(GREETING)).ok()?;
    let greeting = Greeting::receive(&mut stream)?;
    ours.send(&mut stream).ok()?;
    stream.set_read_timeout(None).ok()?;
    Some((greeting, stream))
}
