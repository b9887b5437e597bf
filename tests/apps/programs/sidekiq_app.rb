# Sidekiq: `ruby sidekiq_app.rb` sends jobs; the worker is Sidekiq's own program, which
# loads this file. The environment is told in program.py.

require "sidekiq"

node = { url: "redis://127.0.0.1:#{ENV["APP_NODE"]}/4" }
Sidekiq.configure_client { |config| config.redis = node }
Sidekiq.configure_server do |config|
  config.redis = node
  config.options[:poll_interval_average] = 1 # for jobs that are due later
end

class Double
  include Sidekiq::Worker

  def perform(n)
    File.open(ENV["APP_LOG"], "a") { |f| f.syswrite("#{n}\n") }
    Sidekiq.redis { |c| c.hset("results", n, 2 * n) }
  end
end

if $PROGRAM_NAME == __FILE__
  $stdout.sync = true
  n = 0
  until File.exist?(ENV["APP_STOP"])
    n % 3 == 0 ? Double.perform_in(0.5, n) : Double.perform_async(n)
    puts "sent #{n}"
    n += 1
    sleep ENV["APP_PAUSE"].to_f
  end
  finish = Time.now + ENV["APP_PATIENCE"].to_f
  sleep 0.05 while Sidekiq.redis { |c| c.hlen("results") } < n && Time.now < finish
  results = Sidekiq.redis { |c| c.hgetall("results") }
  n.times do |i|
    value = results[i.to_s]
    abort "job #{i} has the result #{value}" unless value.nil? || value.to_i == 2 * i
    puts value ? "result #{i}" : "missing #{i}"
  end
end
